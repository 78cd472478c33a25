#include "check.h"

#include "face/template.h"

/* The example of docs/formats/template.md. */
static const uint8_t golden[] = {0x4c, 0x57, 0x54, 0x50, 0x00, 0x01, 0x00, 0x01,
                                 0x42, 0x48, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
                                 0x6d, 0xab, 0xcd, 0xb4, 0x4c, 0x01, 0xaa};

static struct lw_template *small(void)
{
    struct lw_template *t = NULL;
    CHECK(lw_template_new(&t, "m", 2) == LW_OK);
    t->quality = 50;
    memcpy(t->data, (const uint8_t[]){0xab, 0xcd}, 2);
    return t;
}

static void a_template_prints_as_documented_and_comes_back(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_template) t = small();
    LW_AUTO(lw_template) back = NULL;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    CHECK(lw_template_print(&b, t) == LW_OK);
    assert_int_equal(b.n, sizeof(golden));
    assert_memory_equal(b.s, golden, sizeof(golden));
    CHECK(lw_template_parse(&back, lw_strbuf_span(&b), NULL) == LW_OK);
    CHECK(back->n == 2 && back->quality == 50 && back->data[1] == 0xcd);
    assert_string_equal(back->model, "m");
}

static void refused(const uint8_t *bytes, size_t n, int code, const char *text)
{
    struct lw_template *t = NULL;
    struct lw_why why = {0};
    assert_int_equal(lw_template_parse(&t, (struct lw_span){bytes, n}, &why), code);
    CHECK(!t);
    assert_string_equal(why.text, text);
}

static void every_cut_and_every_changed_byte_is_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_template *t = NULL;
    uint8_t b[sizeof(golden) + 1];
    for (size_t n = 0; n < sizeof(golden); n++)
        CHECK(lw_template_parse(&t, (struct lw_span){golden, n}, NULL) < 0 && !t);
    for (size_t i = 0; i < sizeof(golden); i++) {
        memcpy(b, golden, sizeof(golden));
        b[i] ^= 1;
        CHECK(lw_template_parse(&t, (struct lw_span){b, sizeof(golden)}, NULL) < 0 && !t);
    }
    memcpy(b, golden, sizeof(golden));
    b[sizeof(golden)] = 0;
    refused(b, sizeof(b), LW_ETRUNC, "has another length than its head says");
    refused((const uint8_t *)"LWTQ", 4, LW_EFORMAT, "is no template");
    b[5] = 2;
    refused(b, sizeof(golden), LW_EUNSUP, "is a template of another version");
}

static void what_cannot_be_written_is_not(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_template) t = small();
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    t->quality = 101;
    CHECK(lw_template_print(&b, t) == LW_EINVAL && b.n == 0);
    t->quality = 1;
    strcpy(t->model, "a b");
    CHECK(lw_template_print(&b, t) == LW_EINVAL && b.n == 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_template_prints_as_documented_and_comes_back),
    cmocka_unit_test(every_cut_and_every_changed_byte_is_refused),
    cmocka_unit_test(what_cannot_be_written_is_not),
};
RUN_TESTS(tests)
