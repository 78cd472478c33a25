#include "check.h"

#include "eval/pairs.h"

static int parse(struct lw_pairs **out, const char *text, struct lw_why *why)
{
    return lw_pairs_parse(out, (struct lw_span){(const uint8_t *)text, strlen(text)}, why);
}

static void a_list_keeps_its_order_and_names_each_file_once(void **state)
{
    LW_AUTO(lw_pairs) p = NULL;
    LW_UNUSED(state);
    CHECK(parse(&p,
                "file_x,file_y,same\n"
                "a.jpg,b.jpg,1\n"
                "b.jpg,c.jpg,0\n"
                "a.jpg,a.jpg,1",
                NULL) == LW_OK);
    CHECK(p->n == 3 && p->n_files == 3);
    assert_string_equal(p->files[2], "c.jpg");
    CHECK(p->first_line[0] == 2 && p->first_line[1] == 2 && p->first_line[2] == 3);
    CHECK(p->v[0].x == 0 && p->v[0].y == 1 && p->v[0].same);
    CHECK(p->v[1].x == 1 && p->v[1].y == 2 && !p->v[1].same);
    CHECK(p->v[2].x == 0 && p->v[2].y == 0);
}

static void quotes_crlf_byte_order_mark_and_last_empty_lines_are_understood(void **state)
{
    LW_AUTO(lw_pairs) p = NULL;
    LW_UNUSED(state);
    CHECK(parse(&p,
                "\xef\xbb\xbf"
                "file_x,\"file_y\",same\r\n\"a, \"\"b\"\".jpg\",c d.jpg,\"0\"\r\n\r\n\n",
                NULL) == LW_OK);
    CHECK(p->n == 1 && !p->v[0].same);
    assert_string_equal(p->files[0], "a, \"b\".jpg");
    assert_string_equal(p->files[1], "c d.jpg");
}

static void thousands_of_files_are_told_apart(void **state)
{
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    LW_AUTO(lw_pairs) p = NULL;
    LW_UNUSED(state);
    lw_strbuf_puts(&text, "file_x,file_y,same\n");
    for (int i = 0; i < 3000; i++)
        lw_strbuf_printf(&text, "p%d/1.jpg,p%d/1.jpg,0\n", i, i + 1);
    CHECK(lw_pairs_parse(&p, lw_strbuf_span(&text), NULL) == LW_OK);
    CHECK(p->n == 3000 && p->n_files == 3001);
    CHECK(p->v[2999].x == 2999 && p->v[2999].y == 3000);
}

#define HEAD "file_x,file_y,same\n"

static void a_broken_list_is_refused_with_its_line_and_the_rule(void **state)
{
    static const struct {
        const char *text, *why;
    } table[] = {
        {"", "line 1: fewer than 3 fields"},
        {"file_x,file_y\na,b\n", "line 1: fewer than 3 fields"},
        {"x,y,same\na,b,1\n", "line 1: the header is not file_x,file_y,same"},
        {HEAD, "has no pairs"},
        {HEAD "\n\n", "has no pairs"},
        {HEAD "a,b,1\na,b,2\n", "line 3: \"same\" is neither 0 nor 1"},
        {HEAD "a,b,\n", "line 2: \"same\" is neither 0 nor 1"},
        {HEAD "a,b\n", "line 2: fewer than 3 fields"},
        {HEAD "a,b,1,c\n", "line 2: more than 3 fields"},
        {HEAD "\"a,b,1\n", "line 2: a control character"},
        {HEAD "\"a,b,1", "line 2: a quote is not closed"},
        {HEAD "\"a\"x,b,1\n", "line 2: text after a closing quote"},
        {HEAD "a\"x,b,1\n", "line 2: a quote inside a field that does not begin with one"},
        {HEAD "a,,1\n", "line 2: an empty file name"},
        {HEAD "a,b,1\n\na,b,1\n", "line 3: fewer than 3 fields"},
        {HEAD "a\tx,b,1\n", "line 2: a control character"},
        {HEAD "a,b,1\rc,d,0\n", "line 2: a control character"},
    };
    LW_UNUSED(state);
    for (size_t i = 0; i < LW_COUNT(table); i++) {
        LW_AUTO(lw_pairs) p = NULL;
        struct lw_why why;
        CHECK(parse(&p, table[i].text, &why) == LW_EFORMAT);
        assert_string_equal(why.text, table[i].why);
        CHECK(!p);
    }
}

static void an_endless_name_is_refused(void **state)
{
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    LW_AUTO(lw_pairs) p = NULL;
    struct lw_why why;
    LW_UNUSED(state);
    lw_strbuf_puts(&text, HEAD);
    for (int i = 0; i < 5000; i++)
        lw_strbuf_putc(&text, 'x');
    lw_strbuf_puts(&text, ",b,1\n");
    CHECK(lw_pairs_parse(&p, lw_strbuf_span(&text), &why) == LW_ELIMIT);
    assert_string_equal(why.text, "line 2: a file name of more than 4095 bytes");
}

static void fields_are_quoted_where_they_must_be(void **state)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_UNUSED(state);
    lw_csv_put(&b, "plain name.jpg");
    lw_strbuf_putc(&b, ';');
    lw_csv_put(&b, "a,\"b\"");
    assert_string_equal(lw_strbuf_peek(&b), "plain name.jpg;\"a,\"\"b\"\"\"");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_list_keeps_its_order_and_names_each_file_once),
    cmocka_unit_test(quotes_crlf_byte_order_mark_and_last_empty_lines_are_understood),
    cmocka_unit_test(thousands_of_files_are_told_apart),
    cmocka_unit_test(a_broken_list_is_refused_with_its_line_and_the_rule),
    cmocka_unit_test(an_endless_name_is_refused),
    cmocka_unit_test(fields_are_quoted_where_they_must_be),
};
RUN_TESTS(tests)
