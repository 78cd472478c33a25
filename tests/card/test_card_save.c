#include "check.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/json.h"
#include "card/card.h"
#include "card/save.h"
#include "fake/card.h"

static struct lw_card *read_one(const struct fake_opts *opts, struct fake_card **fake)
{
    struct lw_card_opts o = LW_CARD_DEFAULTS;
    struct lw_password password;
    struct lw_card *card = NULL;
    *fake = fake_card_new(opts);
    CHECK(*fake != NULL);
    struct lw_reader *reader = fake_reader_new(*fake);
    CHECK(lw_password_of_fields(&password, opts->number, opts->birth, opts->expiry, NULL) == 0);
    o.password = &password;
    CHECK(lw_card_read(&card, reader, &o, NULL) == LW_OK);
    lw_reader_free(&reader);
    return card;
}

static void remove_all(const char *dir)
{
    char command[300];
    snprintf(command, sizeof(command), "rm -r %s", dir);
    CHECK(system(command) == 0);
}

static void the_folder_holds_each_file_that_was_read(void **state)
{
    LW_UNUSED(state);
    struct fake_opts o = FAKE_DEFAULTS;
    struct fake_card *fake;
    char dir[] = "/tmp/lw-save-XXXXXX", out[64];
    struct lw_names names = {0};
    CHECK(mkdtemp(dir) != NULL);
    snprintf(out, sizeof(out), "%s/new/folder//", dir);
    o.pace = true;
    struct lw_card *card = read_one(&o, &fake);
    CHECK(lw_card_check_folder(out, NULL) == LW_OK);
    CHECK(lw_card_save(card, out, NULL) == LW_OK);
    CHECK(lw_names_list(&names, out, 100, NULL) == LW_OK && names.n == 7);
    static const char *const want[] = {"DG1.bin",    "DG11.bin",          "DG14.bin",  "DG2.bin",
                                       "EF_COM.bin", "EF_CardAccess.bin", "EF_SOD.bin"};
    for (size_t i = 0; i < LW_COUNT(want); i++)
        assert_string_equal(names.v[i], want[i]);
    lw_names_clear(&names);
    uint8_t *data = NULL;
    size_t n = 0;
    char path[128];
    snprintf(path, sizeof(path), "%s/DG2.bin", out);
    CHECK(lw_file_read(path, LW_MIB, &data, &n, NULL) == LW_OK);
    struct lw_span dg2 = fake_card_file(fake, LW_EF_DG2);
    CHECK(n == dg2.n && memcmp(data, dg2.data, n) == 0);
    free(data);
    lw_card_free(&card);
    fake_card_free(&fake);
    remove_all(dir);
}

static void a_folder_that_is_not_empty_is_refused_and_left_alone(void **state)
{
    LW_UNUSED(state);
    struct fake_card *fake;
    char dir[] = "/tmp/lw-save-XXXXXX", file[64];
    struct lw_why why = {0};
    struct lw_names names = {0};
    CHECK(mkdtemp(dir) != NULL);
    struct lw_card *card = read_one(&FAKE_DEFAULTS, &fake);
    CHECK(lw_card_check_folder(dir, &why) == LW_OK);
    snprintf(file, sizeof(file), "%s/x", dir);
    CHECK(lw_file_write(file, (struct lw_span){(const uint8_t *)"y", 1}, NULL) == LW_OK);
    CHECK(lw_card_check_folder(dir, &why) == LW_EFORMAT);
    assert_string_equal(why.text, "is not empty");
    CHECK(lw_card_check_folder(file, &why) < 0);
    CHECK(lw_card_save(card, dir, &why) == LW_EIO);
    CHECK(lw_names_list(&names, dir, 100, NULL) == LW_OK && names.n == 1);
    lw_names_clear(&names);
    CHECK(lw_card_save(card, "", &why) == LW_EFORMAT);
    CHECK(lw_card_save(card, "/dev/null/x", &why) < 0);
    lw_card_free(&card);
    fake_card_free(&fake);
    remove_all(dir);
}

static const char *text_of(const struct lw_json *object, const char *key)
{
    const char *s = lw_json_string(lw_json_get(object, key));
    return s ? s : "";
}

static void the_result_is_one_json_line(void **state)
{
    LW_UNUSED(state);
    struct fake_opts o = FAKE_DEFAULTS;
    struct fake_card *fake;
    LW_AUTO(lw_json_doc) doc = NULL;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    o.fault = FAKE_LONG_FILE;
    o.aa = FAKE_AA_ECDSA;
    struct lw_card *card = read_one(&o, &fake);
    lw_card_put_json(&b, card);
    CHECK(strchr(b.s, '\n') == b.s + b.n - 1);
    CHECK(lw_json_parse(&doc, lw_strbuf_span(&b), NULL) == LW_OK);
    const struct lw_json *j = lw_json_root(doc), *files = lw_json_get(j, "files");
    assert_string_equal(text_of(j, "access"), "bac");
    assert_string_equal(text_of(j, "active_authentication"), "valid");
    assert_string_equal(text_of(j, "chip_authentication"), "absent");
    assert_string_equal(text_of(lw_json_get(files, "DG2"), "state"), "broken");
    assert_string_equal(text_of(lw_json_get(files, "DG1"), "state"), "read");
    CHECK(lw_json_int(lw_json_get(lw_json_get(files, "DG1"), "bytes")) == 93);
    const struct lw_json *findings = lw_json_get(j, "findings");
    CHECK(lw_json_size(findings) == 1);
    assert_string_equal(text_of(lw_json_at(findings, 0), "rule"), "file_broken");
    b.n = 0;
    lw_card_put_text(&b, card);
    CHECK(strstr(b.s, "DG2                    broken\n"));
    CHECK(strstr(b.s, "finding: file_broken: DG2: ends at byte 19404 of 20004\n"));
    CHECK(!strstr(b.s, "ERIKSSON") && !strstr(b.s, "L898902C3"));
    lw_card_free(&card);
    fake_card_free(&fake);
}

static int run(const char *arguments, char *said, size_t n)
{
    char command[400];
    snprintf(command, sizeof(command), "\"$LANEWISE\" doc read %s 2>&1", arguments);
    FILE *p = popen(command, "r");
    CHECK(p != NULL);
    size_t got = fread(said, 1, n - 1, p);
    said[got] = '\0';
    int status = pclose(p);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void the_command_names_what_it_lacks_before_it_looks_for_a_card(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *arguments, *says;
    } all[] = {
        {"", "lanewise: doc read: --out DIR is missing\n"},
        {"--out tests", "lanewise: tests: is not empty\n"},
        {"--out /tmp/lw-none --can 12x", "lanewise: doc read: --can: a card access number "},
        {"--out /tmp/lw-none --can 123456 --mrz x", "exclude each other\n"},
        {"--out /tmp/lw-none --mrz /nonexistent", "lanewise: /nonexistent: cannot be opened"},
        {"--out /tmp/lw-none --mrz tests/golden/mrz/bad_td3_number_digit.txt", "lanewise: tests/"}};
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        char said[1000];
        assert_int_equal(run(all[i].arguments, said, sizeof(said)), 2);
        if (!strstr(said, all[i].says))
            print_message("# %s\n", said);
        CHECK(strstr(said, all[i].says) != NULL);
        CHECK(access("/tmp/lw-none", F_OK) < 0);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_folder_holds_each_file_that_was_read),
    cmocka_unit_test(a_folder_that_is_not_empty_is_refused_and_left_alone),
    cmocka_unit_test(the_result_is_one_json_line),
    cmocka_unit_test(the_command_names_what_it_lacks_before_it_looks_for_a_card),
};
RUN_TESTS(tests)
