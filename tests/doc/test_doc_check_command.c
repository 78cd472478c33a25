/* `lanewise doc check` and `lanewise doc trust` as processes. */
#include "picture.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "base/json.h"
#include "passport.h"

static char root[64]; /* a temporary folder */

static int make_root(void **state)
{
    LW_UNUSED(state);
    snprintf(root, sizeof(root), "/tmp/lw-doc-check-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    LW_UNUSED(state);
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return system(command);
}

/* Run `lanewise doc ...`; R/ in the arguments stands for the folder. */
static int run(struct lw_strbuf *out, const char *arguments)
{
    LW_AUTO_STRBUF command = LW_STRBUF_INIT;
    char piece[4096];
    size_t n;
    lw_strbuf_puts(&command, "\"$LANEWISE\" doc ");
    for (const char *s = arguments; *s; s++)
        if (strncmp(s, "R/", 2) == 0) {
            lw_strbuf_printf(&command, "%s/", root);
            s++;
        } else {
            lw_strbuf_putc(&command, *s);
        }
    FILE *p = popen(lw_strbuf_peek(&command), "r");
    assert_non_null(p);
    lw_strbuf_clear(out);
    while ((n = fread(piece, 1, sizeof(piece), p)) > 0)
        lw_strbuf_put(out, piece, n);
    const int status = pclose(p);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A document in R/name and its authority in R/name-trust. */
static void write_document(const char *name, const char *fault)
{
    struct picture jpeg = picture_jpeg(60, 80);
    struct mkp_passport p;
    char dir[128], trust[160];
    const struct mkp_opts o = {
        .full = true,
        .face = {.picture = picture_span(&jpeg), .width = 60, .height = 80},
        .fault = fault,
    };
    snprintf(dir, sizeof(dir), "%s/%s", root, name);
    snprintf(trust, sizeof(trust), "%s-trust", dir);
    CHECK(mkp_make(&p, &o) == LW_OK);
    CHECK(mkp_write(&p, dir, trust, NULL) == LW_OK);
    mkp_clear(&p);
    free(jpeg.data);
}

static const char *text_at(const struct lw_json *object, const char *key)
{
    return lw_json_string(lw_json_get(object, key));
}

static void a_valid_document_gives_its_fields_and_portrait(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF out = LW_STRBUF_INIT;
    LW_AUTO(lw_json_doc) doc = NULL;
    char png[128];
    struct stat st;
    write_document("good", NULL);
    CHECK(run(&out, "check R/good --trust R/good-trust --out R/read --json") == 0);
    CHECK(lw_json_parse(&doc, lw_strbuf_span(&out), NULL) == LW_OK);
    const struct lw_json *j = lw_json_root(doc);
    assert_string_equal(text_at(j, "verdict"), "valid");
    assert_string_equal(text_at(j, "signature"), "valid");
    assert_string_equal(text_at(j, "chain"), "valid");
    assert_string_equal(text_at(lw_json_get(j, "data_groups"), "2"), "matches");
    assert_string_equal(text_at(lw_json_get(j, "fields"), "surname"), "ERIKSSON");
    assert_string_equal(text_at(lw_json_get(j, "portrait"), "format"), "jpeg");
    CHECK(lw_json_int(lw_json_get(lw_json_get(j, "portrait"), "width")) == 60);
    CHECK(lw_json_size(lw_json_get(j, "findings")) == 0);
    snprintf(png, sizeof(png), "%s/read/portrait.png", root);
    assert_string_equal(text_at(lw_json_get(j, "portrait"), "file"), png);
    CHECK(stat(png, &st) == 0 && st.st_size > 100);
}

static void width_and_height_are_those_of_the_picture(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF out = LW_STRBUF_INIT;
    write_document("size", "picture_size");
    CHECK(run(&out, "check R/size --trust R/size-trust --json") == 0);
    CHECK(strstr(lw_strbuf_peek(&out), "\"portrait\": {\"width\": 60, \"height\": 80, "
                                       "\"format\": \"jpeg\", \"file\": null}") != NULL);
}

static void anything_wrong_exits_with_1_and_says_what(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *fault, *verdict, *text;
    } cases[] = {
        {"dg2_changed", "not_valid", "\"file\": \"DG2\", \"rule\": \"digest\""},
        {"signature", "not_valid", "\"signature\": \"invalid\""},
        {"no_sod", "not_valid", "\"signature\": \"missing\""},
        {"sod_cut", "unreadable", "\"rule\": \"format\""},
        {"ds_revoked", "not_valid", "\"chain\": \"revoked\""},
        {"picture_cut", "valid", "\"portrait\": null"},
        {"dg1_format", "valid", "\"file\": \"DG1\", \"rule\": \"format\""},
        {"dg14_format", "valid", "\"file\": \"DG14\", \"rule\": \"format\""},
    };
    LW_AUTO_STRBUF out = LW_STRBUF_INIT;
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        char arguments[256], verdict[64];
        write_document(cases[i].fault, cases[i].fault);
        snprintf(arguments, sizeof(arguments), "check R/%s --trust R/%s-trust --json",
                 cases[i].fault, cases[i].fault);
        CHECK(run(&out, arguments) == 1);
        snprintf(verdict, sizeof(verdict), "{\"verdict\": \"%s\"", cases[i].verdict);
        CHECK(strncmp(lw_strbuf_peek(&out), verdict, strlen(verdict)) == 0);
        CHECK(strstr(lw_strbuf_peek(&out), cases[i].text) != NULL);
    }
}

static void without_trust_there_is_no_verdict(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF out = LW_STRBUF_INIT;
    write_document("alone", NULL);
    CHECK(run(&out, "check R/alone --json") == 1);
    CHECK(strstr(lw_strbuf_peek(&out), "\"verdict\": \"no_trust\"") != NULL);
    CHECK(run(&out, "check R/alone") == 1);
    CHECK(strstr(lw_strbuf_peek(&out), "verdict: no_trust\n") != NULL);
}

static void what_is_no_folder_of_chip_files_exits_with_2(void **state)
{
    LW_UNUSED(state);
    static const char *const bad[] = {
        "check R/nowhere 2>&1",
        "check R/ 2>&1",
        "check 2>&1",
        "check R/alone --trust R/nowhere 2>&1",
        "check R/alone --trust R/alone/DG1.bin 2>&1",
        "check R/alone --date never 2>&1",
        "trust add R/nowhere --store R/store 2>&1",
        "trust list --store R/nowhere 2>&1",
        "trust list 2>&1",
        "trust forget --store R/store 2>&1",
    };
    LW_AUTO_STRBUF out = LW_STRBUF_INIT;
    write_document("alone", NULL);
    for (size_t i = 0; i < LW_COUNT(bad); i++) {
        CHECK(run(&out, bad[i]) == 2);
        const char *end = strchr(lw_strbuf_peek(&out), '\n');
        CHECK(end && end[1] == '\0' && strncmp(lw_strbuf_peek(&out), "lanewise", 8) == 0);
    }
}

static void a_trust_store_is_filled_listed_and_checked(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF out = LW_STRBUF_INIT;
    write_document("one", NULL);
    write_document("two", NULL);
    CHECK(run(&out, "trust add R/one-trust R/two-trust --store R/store") == 0);
    CHECK(strstr(lw_strbuf_peek(&out), "2 authorities, 0 document signers, 2 revocation lists"));
    CHECK(run(&out, "trust add R/one-trust/csca.cer --store R/store") == 0);
    CHECK(run(&out, "trust list --store R/store --json") == 0);
    CHECK(strstr(lw_strbuf_peek(&out), "\"country\": \"UT\"") != NULL);
    CHECK(run(&out, "trust check --store R/store") == 0 && out.n == 0);
    CHECK(run(&out, "trust check --store R/store --date 2099-01-01 2>&1") == 1);
    CHECK(run(&out, "check R/one --trust R/store --json") == 0);
    CHECK(run(&out, "check R/two --trust R/store --json") == 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_valid_document_gives_its_fields_and_portrait),
    cmocka_unit_test(width_and_height_are_those_of_the_picture),
    cmocka_unit_test(anything_wrong_exits_with_1_and_says_what),
    cmocka_unit_test(without_trust_there_is_no_verdict),
    cmocka_unit_test(what_is_no_folder_of_chip_files_exits_with_2),
    cmocka_unit_test(a_trust_store_is_filled_listed_and_checked),
};

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
