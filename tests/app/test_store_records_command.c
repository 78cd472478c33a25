#include "run.h"
#include "store/entries.h"

#include "base/json.h"
#include "img/codec.h"
#include "img/image.h"

/* A crossing whose noncitizen's photo is a picture. */
static void fill(const struct place *p)
{
    struct lw_why why = {0};
    struct crossing *c = make_crossing("r1", lw_now_utc_us() - TEST_HOUR);
    LW_AUTO_STORE s = open_store(p);
    struct lw_image *im = NULL;
    uint8_t *jpeg = NULL;
    size_t n = 0;
    CHECK(lw_image_new(&im, LW_PIX_RGB8, 48, 76) == LW_OK);
    CHECK(lw_image_encode_jpeg(im, 80, &jpeg, &n, &why) == LW_OK);
    for (int i = 0; i < 3; i++)
        c->blobs[i].bytes = (struct lw_span){.data = jpeg, .n = n};
    if (lw_store_put_entry(s, &c->entry, &why) < 0)
        fail_msg("%s", why.text);
    lw_image_unref(&im);
    free(jpeg);
    free(c);
}

static char *read_out(const char *path)
{
    uint8_t *data = NULL;
    size_t n = 0;
    assert_int_equal(lw_file_read(path, LW_MIB, &data, &n, NULL), LW_OK);
    return (char *)data;
}

static void records_come_as_they_are_in_a_file_of_its_owner(void **state)
{
    const struct place *p = *state;
    struct run r;
    struct stat st;
    struct lw_record rec;
    char out[96];
    snprintf(out, sizeof(out), "%s/records.jsonl", p->dir);
    fill(p);
    run(&r, "store", "export", p->store, "--records", "--role", "privacy", "--ground", "order 12",
        "--out", out, NULL);
    CHECK(r.code == 0 && strstr(r.out, "1 records, 0 photos; 0 withheld"));
    run_clear(&r);
    LW_AUTO_MEM(char) text = read_out(out);
    const struct lw_span line = {.data = (const uint8_t *)text, .n = strcspn(text, "\n")};
    CHECK(lw_record_parse(&rec, line, NULL) == LW_OK && strcmp(rec.id, "r1") == 0);
    CHECK(text[line.n + 1] == '\0');
    CHECK(stat(out, &st) == 0 && (st.st_mode & 0777) == 0600);
    CHECK(ask(p, "SELECT count(*) FROM audit WHERE action = 'export' AND role = 'privacy'") == 3);
    run(&r, "store", "export", p->store, "--records", "--role", "privacy", "--ground", "order 12",
        "--out", out, NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "is there already"));
    run_clear(&r);
}

static int64_t whole(const struct lw_json *v, const char *key)
{
    return lw_json_int(lw_json_get(v, key));
}
static const char *word(const struct lw_json *v, const char *key)
{
    return lw_json_string(lw_json_get(v, key));
}

static void pictures_come_with_the_standards_names(void **state)
{
    const struct place *p = *state;
    struct run r;
    char out[96];
    snprintf(out, sizeof(out), "%s/faces.jsonl", p->dir);
    fill(p);
    run(&r, "store", "export", p->store, "--records", "--role", "privacy", "--ground", "order 12",
        "--format", "type10", "--photos", "--source", "UTO-BORDER", "--out", out, NULL);
    if (r.code)
        fail_msg("%s", r.err);
    run_clear(&r);
    LW_AUTO_MEM(char) text = read_out(out);
    char *line = text;
    for (int i = 0; i < 3; i++) { /* one for each of the three people */
        size_t n = strcspn(line, "\n");
        LW_AUTO(lw_json_doc) doc = NULL;
        const struct lw_span one = {.data = (const uint8_t *)line, .n = n};
        CHECK(lw_json_parse(&doc, one, NULL) == LW_OK);
        const struct lw_json *v = lw_json_root(doc), *t = lw_json_get(v, "type_10");
        const struct lw_json *f = lw_json_get(v, "iso_19794_5"), *own = lw_json_get(v, "lanewise");
        assert_string_equal(word(t, "IMT"), "FACE");
        assert_string_equal(word(t, "SRC"), "UTO-BORDER");
        CHECK(whole(t, "IDC") == i + 1 && strlen(word(t, "PHD")) == 8);
        CHECK(whole(f, "source_type") == 6 && whole(f, "gender") == 0);
        CHECK(whole(own, "occupant") == i && strcmp(word(own, "record"), "r1") == 0);
        /* this role may see the noncitizen's picture, not the citizen's, nor an unknown person's */
        CHECK((word(t, "DATA") != NULL) == (i == 1));
        CHECK(i != 1 || (whole(t, "HLL") == 48 && whole(t, "VLL") == 76));
        CHECK(i != 1 || (whole(f, "width") == 48 && whole(f, "image_data_type") == 0));
        CHECK(i != 1 || (strlen(word(t, "HAS")) == 64 && !strncmp(word(t, "DATA"), "/9j/", 4)));
        line += n + 1;
    }
    CHECK(*line == '\0');
}

static void no_ground_no_role_no_file(void **state)
{
    static const struct {
        const char *option, *value, *said;
    } offences[] = {
        {"--role", "operator", "no policy of this store lets the role operator export"},
        {"--role", "officer", "no policy of this store lets the role officer export"},
        {"--ground", "", "needs its legal ground"},
        {"--format", "xml", "neither jsonl nor type10"},
        {"--since", "yesterday", "--since \"yesterday\" is neither like 2026-01-31"},
        {"--source", "X", "need --format type10"},
    };
    const struct place *p = *state;
    struct run r;
    char out[96];
    snprintf(out, sizeof(out), "%s/records.jsonl", p->dir);
    fill(p);
    for (size_t i = 0; i < LW_COUNT(offences); i++) {
        run(&r, "store", "export", p->store, "--records", "--role", "privacy", "--ground", "order",
            "--out", out, offences[i].option, offences[i].value, NULL);
        if (r.code != 2 || !one_line(r.err) || !strstr(r.err, offences[i].said))
            fail_msg("%s", r.err);
        CHECK(access(out, F_OK) < 0);
        run_clear(&r);
    }
    run(&r, "store", "export", p->store, "--records", "--role", "privacy", "--out", out, NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "--ground says on what legal ground"));
    run_clear(&r);
    CHECK(ask(p, "SELECT count(*) FROM audit WHERE action = 'export'") == 0);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(records_come_as_they_are_in_a_file_of_its_owner),
    STORE_TEST(pictures_come_with_the_standards_names),
    STORE_TEST(no_ground_no_role_no_file),
};
RUN_TESTS(tests)
