#include "app/run.h"

#include "base/file.h"
#include "base/json.h"

static void copy_photo(const char *dir, const char *name, const char *photos, const char *sample)
{
    char path[4096];
    uint8_t *data;
    size_t n;
    snprintf(path, sizeof(path), "%s/%s", photos, sample);
    assert_true(lw_file_read(path, 64 * LW_MIB, &data, &n, NULL) == LW_OK);
    temp_write(dir, name, data, n);
    free(data);
}

/* Two pictures of the sample set under two people, each once more under another name. */
static void make_people(const char *dir, const char *photos)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/anna", dir);
    assert_true(mkdir(path, 0700) == 0);
    snprintf(path, sizeof(path), "%s/bo", dir);
    assert_true(mkdir(path, 0700) == 0);
    copy_photo(dir, "anna/1.jpg", photos, "sample1.jpg");
    copy_photo(dir, "anna/2.jpg", photos, "sample1.jpg");
    copy_photo(dir, "bo/1.jpg", photos, "sample2.jpg");
    copy_photo(dir, "bo/2.jpg", photos, "sample2.jpg");
}

static struct lw_json_doc *read_summary(const char *dir)
{
    char path[4096];
    uint8_t *data;
    size_t n;
    struct lw_json_doc *doc = NULL;
    snprintf(path, sizeof(path), "%s/summary.json", dir);
    assert_true(lw_file_read(path, LW_MIB, &data, &n, NULL) == LW_OK);
    assert_true(lw_json_parse(&doc, (struct lw_span){data, n}, NULL) == LW_OK);
    free(data);
    return doc;
}

static char *read_text(const char *dir, const char *name)
{
    char path[4096];
    uint8_t *data;
    size_t n;
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_true(lw_file_read(path, 64 * LW_MIB, &data, &n, NULL) == LW_OK);
    return (char *)data;
}

static void faces_are_compared_and_reported(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    char dir[32], out[64];
    struct run r;
    temp_make(dir);
    make_people(dir, photos);
    temp_write(dir, "README", "beside the people", 17);
    snprintf(out, sizeof(out), "%s/.out", dir);
    run(&r, "eval", "faces", dir, "--out", out, NULL);
    CHECK(r.code == 0 && !*r.err && strstr(r.out, "2 genuine, 4 impostor"));
    run_clear(&r);
    CHECK(temp_count(out) == 2);
    LW_AUTO(lw_json_doc) doc = read_summary(out);
    const struct lw_json *root = lw_json_root(doc);
    CHECK(lw_json_int(lw_json_get(root, "pairs")) == 6);
    CHECK(lw_json_int(lw_json_get(lw_json_get(root, "fta"), "of")) == 4);
    /* Equal pictures match, and no impostor may. */
    CHECK(lw_json_int(lw_json_get(lw_json_get(lw_json_get(root, "fnmr_at_fmr"), "0.0001"), "n")) ==
          0);
    char *html = read_text(out, "report.html");
    CHECK(strstr(html, "anna/1.jpg") && !strstr(html, "data:image"));
    free(html);
    temp_remove(dir);
}

static void pairs_are_scored_in_their_order(void **state)
{
    static const char list[] = "file_x,file_y,same\n"
                               "anna/1.jpg,bo/1.jpg,0\n"
                               "anna/1.jpg,anna/2.jpg,1\n"
                               "blank.png,anna/1.jpg,1\n";
    LW_UNUSED(state);
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    /* 1 x 1 pixel: no face */
    static const unsigned char png[] = {
        0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
        0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
        0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00, 0x0a, 0x49, 0x44, 0x41, 0x54, 0x78,
        0x9c, 0x63, 0x68, 0x00, 0x00, 0x00, 0x82, 0x00, 0x81, 0x77, 0xcd, 0x72, 0xb6, 0x00,
        0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};
    char dir[32], out[64], csv[64];
    struct run r;
    temp_make(dir);
    make_people(dir, photos);
    temp_write(dir, "blank.png", png, sizeof(png));
    temp_write(dir, "pairs.csv", list, strlen(list));
    snprintf(csv, sizeof(csv), "%s/pairs.csv", dir);
    snprintf(out, sizeof(out), "%s/out", dir);
    run(&r, "eval", "pairs", csv, "--out", out, NULL);
    CHECK(r.code == 0 && !*r.err);
    run_clear(&r);
    char *scores = read_text(out, "scores.csv");
    CHECK(strncmp(scores, "file_x,file_y,same,score\nanna/1.jpg,bo/1.jpg,0,", 47) == 0);
    CHECK(strstr(scores, "\nanna/1.jpg,anna/2.jpg,1,1\n"));
    CHECK(strstr(scores, "\nblank.png,anna/1.jpg,1,\n"));
    free(scores);
    LW_AUTO(lw_json_doc) doc = read_summary(out);
    const struct lw_json *fta = lw_json_get(lw_json_root(doc), "fta");
    CHECK(lw_json_int(lw_json_get(fta, "n")) == 1 && lw_json_int(lw_json_get(fta, "of")) == 4);
    char *html = read_text(out, "report.html");
    CHECK(strstr(html, "<li><code>blank.png</code></li>"));
    free(html);
    temp_remove(dir);
}

/* Anna has three photographs, Bo two. One earlier photograph beside the portrait: each of the five
 * begins a claim; Anna's are tried by Bo's two and by the third of her own, Bo's by Anna's three.
 * Two earlier ones: Anna's alone, and none of hers is left to try them. */
static void earlier_photographs_are_claims_that_all_others_try(void **state)
{
    static const struct {
        int64_t earlier, people, claims, strangers, own;
    } expected[] = {{1, 2, 5, 12, 3}, {2, 1, 3, 6, 0}};
    static const char *const rules[] = {"portrait", "mean", "fused", "best"};
    LW_UNUSED(state);
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    char dir[32], out[64];
    struct run r;
    temp_make(dir);
    make_people(dir, photos);
    copy_photo(dir, "anna/3.jpg", photos, "sample1.jpg");
    snprintf(out, sizeof(out), "%s/.out", dir);
    run(&r, "eval", "references", dir, "--out", out, NULL);
    CHECK(r.code == 0 && !*r.err && strstr(r.out, "5 of 2 people") &&
          strstr(r.out, "2 earlier: 3 claims of 1 people"));
    run_clear(&r);
    CHECK(temp_count(out) == 1);
    LW_AUTO(lw_json_doc) doc = read_summary(out);
    const struct lw_json *claims = lw_json_get(lw_json_root(doc), "claims");
    const struct lw_json *rates = lw_json_get(lw_json_root(doc), "rates");
    CHECK(lw_json_size(claims) == 2 && lw_json_size(rates) == 2 * LW_COUNT(rules) * 3);
    for (size_t i = 0; i < LW_COUNT(expected); i++) {
        const struct lw_json *c = lw_json_at(claims, i);
        CHECK(lw_json_int(lw_json_get(c, "earlier")) == expected[i].earlier &&
              lw_json_int(lw_json_get(c, "people")) == expected[i].people &&
              lw_json_int(lw_json_get(c, "claims")) == expected[i].claims &&
              lw_json_int(lw_json_get(c, "unlike")) == 0);
    }
    for (size_t i = 0; i < lw_json_size(rates); i++) {
        const size_t row = i / (LW_COUNT(rules) * 3);
        const struct lw_json *x = lw_json_at(rates, i);
        const struct lw_json *fmr = lw_json_get(x, "fmr"), *fnmr = lw_json_get(x, "fnmr");
        assert_string_equal(lw_json_string(lw_json_get(x, "rule")), rules[i / 3 % LW_COUNT(rules)]);
        CHECK(lw_json_int(lw_json_get(fmr, "of")) == expected[row].strangers &&
              lw_json_int(lw_json_get(fnmr, "of")) == expected[row].own);
        /* Equal pictures match, and no stranger may. */
        CHECK(lw_json_int(lw_json_get(fmr, "n")) == 0 && lw_json_int(lw_json_get(fnmr, "n")) == 0);
    }
    temp_remove(dir);
}

/* One line that names the place, exit 2, and no folder of results. */
static void refused(const char *dir, const char *what, const char *input, const char *words)
{
    char out[64];
    struct run r;
    snprintf(out, sizeof(out), "%s/never", dir);
    run(&r, "eval", what, input, "--out", out, NULL);
    if (r.code != 2 || !one_line(r.err) || !strstr(r.err, words))
        print_message("exit %d, said: %s\n", r.code, r.err);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, words) && !*r.out);
    CHECK(access(out, F_OK) != 0);
    run_clear(&r);
}

static void one_person_or_one_photograph_of_each_makes_no_claim(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    char dir[32], path[64];
    temp_make(dir);
    snprintf(path, sizeof(path), "%s/anna", dir);
    CHECK(mkdir(path, 0700) == 0);
    copy_photo(dir, "anna/1.jpg", photos, "sample1.jpg");
    refused(dir, "references", dir, "only one person");
    snprintf(path, sizeof(path), "%s/bo", dir);
    CHECK(mkdir(path, 0700) == 0);
    copy_photo(dir, "bo/1.jpg", photos, "sample2.jpg");
    refused(dir, "references", dir, "nobody has two photographs");
    temp_remove(dir);
}

static void bad_input_is_one_line_and_leaves_nothing(void **state)
{
    static const struct {
        const char *name, *text, *words;
    } lists[] = {
        {"missing.csv", "file_x,file_y,same\na/none.jpg,a/none.jpg,1\n", "missing.csv: line 2: "},
        {"text.csv", "file_x,file_y,same\ntext.jpg,text.jpg,1\n", "text.csv: line 2: "},
        {"same.csv", "file_x,file_y,same\ntext.jpg,text.jpg,yes\n",
         "same.csv: line 2: \"same\" is neither 0 nor 1"},
        {"empty.csv", "", "empty.csv: line 1"},
    };
    char dir[32], path[64];
    LW_UNUSED(state);
    temp_make(dir);
    temp_write(dir, "text.jpg", "not a picture", 13);
    for (size_t i = 0; i < LW_COUNT(lists); i++) {
        temp_write(dir, lists[i].name, lists[i].text, strlen(lists[i].text));
        snprintf(path, sizeof(path), "%s/%s", dir, lists[i].name);
        refused(dir, "pairs", path, lists[i].words);
    }
    refused(dir, "faces", dir, "has no folder DIR/person/photo.jpg");
    refused(dir, "faces", "/nowhere/at/all", "/nowhere/at/all");
    refused(dir, "references", dir, "has no folder DIR/person/photo.jpg");
    snprintf(path, sizeof(path), "%s/anna", dir);
    CHECK(mkdir(path, 0700) == 0);
    temp_write(dir, "anna/zero.jpg", "", 0);
    refused(dir, "faces", dir, "anna/zero.jpg");
    refused(dir, "references", dir, "anna/zero.jpg");
    temp_remove(dir);
}

static void options_that_lack_something_are_refused_before_any_work(void **state)
{
    struct run r;
    LW_UNUSED(state);
    run(&r, "eval", "faces", "/tmp", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "--out"));
    run_clear(&r);
    run(&r, "eval", "faces", "/tmp", "--out", "/proc/version/x", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "/proc/version"));
    run_clear(&r);
    run(&r, "eval", "everything", NULL);
    CHECK(r.code == 2 && one_line(r.err));
    run_clear(&r);
    run(&r, "eval", "pairs", "--help", NULL);
    CHECK(r.code == 0 && strstr(r.out, "file_x,file_y,same"));
    run_clear(&r);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(faces_are_compared_and_reported),
    cmocka_unit_test(pairs_are_scored_in_their_order),
    cmocka_unit_test(earlier_photographs_are_claims_that_all_others_try),
    cmocka_unit_test(one_person_or_one_photograph_of_each_makes_no_claim),
    cmocka_unit_test(bad_input_is_one_line_and_leaves_nothing),
    cmocka_unit_test(options_that_lack_something_are_refused_before_any_work),
};
RUN_TESTS(tests)
