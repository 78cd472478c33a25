/* `lanewise cross` with documents whose chips were read: folders of a logical data structure. */
#include "app/run.h"

#include "app/app.h"
#include "app/crossing.h"
#include "base/file.h"
#include "base/json.h"
#include "passport.h"

static char dir[32];
static char bundle[64];

struct photo {
    uint8_t *data;
    size_t n;
};

static struct photo load_photo(const char *name)
{
    char path[512];
    struct photo p;
    snprintf(path, sizeof(path), "%s/%s", test_dir("LW_TEST_PHOTOS"), name);
    CHECK(lw_file_read(path, 64 * LW_MIB, &p.data, &p.n, NULL) == LW_OK);
    return p;
}

/* Who is on the first sample photograph stands before the camera. */
static int start(void **state)
{
    LW_UNUSED(state);
    temp_make(dir);
    snprintf(bundle, sizeof(bundle), "%s/b", dir);
    CHECK(mkdir(bundle, 0777) == 0);
    if (test_dir("LW_TEST_PHOTOS") && test_dir("LW_TEST_MODELS")) {
        struct photo p = load_photo("sample1.jpg");
        temp_write(bundle, "front.jpg", p.data, p.n);
        free(p.data);
    }
    return 0;
}

static int stop(void **state)
{
    LW_UNUSED(state);
    temp_remove(dir);
    return 0;
}

/* The chip of document `id` with that photograph, and its authority in dir/id-trust. */
static void write_chip_with(const char *id, const struct mkp_opts *o)
{
    struct mkp_passport p;
    char folder[96], trust[96];
    snprintf(folder, sizeof(folder), "%s/%s", bundle, id);
    snprintf(trust, sizeof(trust), "%s/%s-trust", dir, id);
    CHECK(mkp_make(&p, o) == LW_OK && mkp_write(&p, folder, trust, NULL) == LW_OK);
    mkp_clear(&p);
}

static void write_chip(const char *id, const char *photo, const char *fault)
{
    struct photo p = load_photo(photo);
    const struct mkp_opts o = {.face = {.picture = {p.data, p.n}, .width = 1, .height = 1},
                               .fault = fault};
    write_chip_with(id, &o);
    free(p.data);
}

/* The documents of the bundle, as JSON objects with commas between. */
static void write_bundle(const char *documents)
{
    char text[4096];
    const int n = snprintf(
        text, sizeof(text),
        "{\"version\":1,\"id\":\"c1\",\"lane\":\"L1\",\"direction\":\"outbound\","
        "\"opened_utc\":\"2026-01-31T08:15:00.000Z\","
        "\"cameras\":[{\"id\":\"front\",\"view\":\"windshield\",\"source\":\"front.jpg\"}],"
        "\"documents\":[%s]}",
        documents);
    temp_write(bundle, "crossing.json", text, (size_t)n);
}

static void one_chip(void)
{
    write_bundle("{\"id\":\"d1\",\"kind\":\"lds\",\"path\":\"d1/\"}");
}

/* What the answer says of one document. */
struct said {
    struct run run;
    struct lw_json_doc *doc;
};

static void cross(struct said *s, const char *trust)
{
    if (trust)
        run(&s->run, "cross", bundle, "--json", "--trust", trust, NULL);
    else
        run(&s->run, "cross", bundle, "--json", NULL);
    s->doc = NULL;
    if (s->run.code == 2)
        print_message("# %s", s->run.err);
    CHECK(s->run.code < 2 && !*s->run.err);
    const struct lw_span text = {(const uint8_t *)s->run.out, s->run.n_out};
    CHECK(lw_json_parse(&s->doc, text, NULL) == LW_OK);
}

static void clear(struct said *s)
{
    lw_json_doc_free(&s->doc);
    run_clear(&s->run);
}

static const struct lw_json *document(const struct said *s, size_t i)
{
    return lw_json_at(lw_json_get(lw_json_root(s->doc), "documents"), i);
}

static bool has_status(const struct said *s, size_t i, const char *status)
{
    return strcmp(lw_json_string(lw_json_get(document(s, i), "status")), status) == 0;
}

static size_t findings(const struct said *s, size_t i)
{
    return lw_json_size(lw_json_get(document(s, i), "findings"));
}

static bool found(const struct said *s, size_t i, const char *finding)
{
    const struct lw_json *all = lw_json_get(document(s, i), "findings");
    for (size_t k = 0; k < lw_json_size(all); k++)
        if (strncmp(lw_json_string(lw_json_at(all, k)), finding, strlen(finding)) == 0)
            return true;
    print_message("# no %s in %s", finding, s->run.out);
    return false;
}

/* The best score of any occupant. */
static double score(const struct said *s)
{
    const struct lw_json *all = lw_json_get(lw_json_root(s->doc), "occupants");
    double best = -1;
    for (size_t i = 0; i < lw_json_size(all); i++) {
        const double x = lw_json_number(lw_json_get(lw_json_at(all, i), "score"));
        best = x > best ? x : best;
    }
    return best;
}

static void a_chip_s_portrait_serves_as_a_picture_does(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    struct said chip, picture;
    struct photo p = load_photo("sample1.jpg");
    temp_write(bundle, "d1.jpg", p.data, p.n);
    free(p.data);
    write_bundle("{\"id\":\"d1\",\"kind\":\"image\",\"portrait\":\"d1.jpg\"}");
    cross(&picture, NULL);
    CHECK(has_status(&picture, 0, "matched") && findings(&picture, 0) == 0);
    write_chip("d1", "sample1.jpg", NULL);
    one_chip();
    cross(&chip, NULL);
    CHECK(has_status(&chip, 0, "matched"));
    CHECK(score(&chip) == score(&picture) && score(&chip) > 0.5);
    clear(&chip);
    clear(&picture);
}

static void without_trust_there_is_a_finding_and_with_it_none(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    struct said s;
    char trust[96];
    write_chip("d1", "sample1.jpg", NULL);
    one_chip();
    cross(&s, NULL);
    CHECK(has_status(&s, 0, "matched") && found(&s, 0, "pa:no_trust"));
    clear(&s);
    snprintf(trust, sizeof(trust), "%s/d1-trust", dir);
    cross(&s, trust);
    CHECK(has_status(&s, 0, "matched") && findings(&s, 0) == 0);
    clear(&s);
    write_chip("other", "sample2.jpg", NULL);
    snprintf(trust, sizeof(trust), "%s/other-trust", dir);
    cross(&s, trust); /* the same name, another key */
    CHECK(!has_status(&s, 0, "matched"));
    CHECK(findings(&s, 0) > 0 && s.run.code == 1);
    clear(&s);
}

static void trust_that_is_not_there_is_a_fault(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    struct run r;
    write_chip("d1", "sample1.jpg", NULL);
    one_chip();
    run(&r, "cross", bundle, "--json", "--trust", "/nowhere/csca.cer", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "/nowhere/csca.cer") && r.n_out == 0);
    run_clear(&r);
}

static void a_broken_or_forged_chip_vouches_for_nobody(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    static const struct {
        const char *fault, *finding;
    } all[] = {{NULL, "pa:no_trust"},
               {"dg2_changed", "lds:DG2:digest"},
               {"dg1_changed", "lds:DG1:digest"},
               {"dg_missing", "lds:DG1:absent"},
               {"no_sod", "lds:EF_SOD:absent"},
               {"sod_cut", "pa:unreadable"},
               {"signature", "pa:not_valid"},
               {"picture_cut", "portrait:absent"},
               {"picture_unknown", "portrait:absent"},
               {"dg1_format", "lds:DG1:format"}};
    char documents[2048] = "";
    struct said s;
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        char id[8];
        snprintf(id, sizeof(id), "d%zu", i);
        /* the last is signed as it is, only its MRZ cannot be read: it is of somebody else */
        write_chip(id, i == LW_COUNT(all) - 1 ? "sample2.jpg" : "sample1.jpg", all[i].fault);
        snprintf(documents + strlen(documents), sizeof(documents) - strlen(documents),
                 "%s{\"id\":\"%s\",\"kind\":\"lds\",\"path\":\"%s\"}", i ? "," : "", id, id);
    }
    write_bundle(documents);
    cross(&s, NULL);
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        CHECK(found(&s, i, all[i].finding));
        CHECK(has_status(&s, i, "matched") == (i == 0));
    }
    CHECK(s.run.code == 1);
    clear(&s);
}

static void a_malicious_folder_is_no_fault_of_the_crossing(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    char path[128];
    struct said s;
    uint8_t *large = calloc(1, 5 << 20);
    write_chip("d1", "sample1.jpg", NULL);
    snprintf(path, sizeof(path), "%s/d1/DG2.bin", bundle);
    CHECK(unlink(path) == 0 && symlink("/etc/passwd", path) == 0);
    snprintf(path, sizeof(path), "%s/d1/DG7.bin", bundle);
    CHECK(mkfifo(path, 0600) == 0);
    snprintf(path, sizeof(path), "%s/d1/DG11.bin", bundle);
    CHECK(mkdir(path, 0777) == 0);
    snprintf(path, sizeof(path), "%s/d1", bundle);
    temp_write(path, "DG12.bin", large, 5 << 20);
    temp_write(path, "DG15.bin", "", 0);
    free(large);
    one_chip();
    cross(&s, NULL);
    CHECK(found(&s, 0, "lds:DG2:outside") && found(&s, 0, "lds:DG7:unreadable"));
    CHECK(found(&s, 0, "lds:DG11:unreadable") && found(&s, 0, "lds:DG12:too_large"));
    CHECK(found(&s, 0, "pa:not_valid") && !has_status(&s, 0, "matched"));
    clear(&s);
    temp_remove(path);
    CHECK(mkdir(path, 0777) == 0);
    cross(&s, NULL);
    CHECK(found(&s, 0, "lds:empty") && findings(&s, 0) == 1 && !has_status(&s, 0, "matched"));
    clear(&s);
}

/* Two pictures in DG2: of somebody else, and of who is here. */
static void of_several_portraits_the_first_counts(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    LW_AUTO_STRBUF dg2 = LW_STRBUF_INIT;
    LW_AUTO_STRBUF sod = LW_STRBUF_INIT;
    struct photo here = load_photo("sample1.jpg"), other = load_photo("sample2.jpg");
    const struct mkp_face faces[] = {{.picture = {other.data, other.n}},
                                     {.picture = {here.data, here.n}}};
    const struct mkp_opts o = {.face = faces[1]};
    struct mkp_passport p;
    char path[96];
    struct said s;
    CHECK(mkp_make(&p, &o) == LW_OK);
    mkp_dg2(&dg2, MKP_19794_2005, faces, 2);
    CHECK(lw_lds_put(p.lds, LW_LDS_DG2, lw_strbuf_span(&dg2)) == LW_OK);
    CHECK(mkp_sod(&sod, p.lds, p.ds_cert, p.ds_key, &(struct mkp_sod_opts){.version = 3}) == LW_OK);
    CHECK(lw_lds_put(p.lds, LW_LDS_SOD, lw_strbuf_span(&sod)) == LW_OK);
    snprintf(path, sizeof(path), "%s/d1", bundle);
    CHECK(mkp_write(&p, path, NULL, NULL) == LW_OK);
    mkp_clear(&p);
    free(here.data);
    free(other.data);
    one_chip();
    cross(&s, NULL);
    CHECK(found(&s, 0, "portrait:several") && found(&s, 0, "pa:no_trust"));
    CHECK(!has_status(&s, 0, "matched"));
    clear(&s);
}

static void who_opted_out_has_no_portrait_decoded(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    struct said s;
    write_chip("d1", "sample1.jpg", "picture_cut"); /* which decoding would find */
    write_bundle("{\"id\":\"d1\",\"kind\":\"lds\",\"path\":\"d1/\",\"opted_out\":true}");
    cross(&s, NULL);
    CHECK(has_status(&s, 0, "opted_out") && findings(&s, 0) == 2);
    CHECK(found(&s, 0, "pa:no_trust") && found(&s, 0, "lds:EF_SOD:trust"));
    clear(&s);
}

static void a_decoder_that_crashes_on_one_document_leaves_the_others(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    LW_AUTO(lw_facekit) kit = NULL;
    LW_AUTO(lw_decoder) decoder = NULL;
    LW_AUTO(lw_crossing_result) result = NULL;
    struct lw_why why = {0};
    char folder[96];
    const struct lw_app_models models = {.models = test_dir("LW_TEST_MODELS")};
    struct lw_decoder_opts opts = LW_DECODER_DEFAULTS;
    opts.program = getenv("LW_TEST_PROBE");
    write_chip("d1", "sample1.jpg", NULL);
    write_chip("d2", "sample1.jpg", NULL);
    snprintf(folder, sizeof(folder), "%s/d1", bundle);
    temp_write(folder, "DG16.bin", "PROBE wild_write", 16);
    write_bundle("{\"id\":\"d1\",\"kind\":\"lds\",\"path\":\"d1/\"},"
                 "{\"id\":\"d2\",\"kind\":\"lds\",\"path\":\"d2/\"}");
    CHECK(lw_decoder_new(&decoder, &opts, &why) == LW_OK);
    CHECK(lw_app_open_kit(&kit, &models, NULL, &why) == LW_OK);
    const struct lw_crossing_opts c = {
        .fmr = 0.0001, .threads = 2, .documents = {.decoder = decoder}};
    CHECK(lw_crossing_run(&result, kit, bundle, &c, &why) == LW_OK);
    const struct lw_document_outcome *d = result->outcome.documents;
    CHECK(strncmp(d[0].findings[0], "decoder_refused:", 16) == 0 && d[0].n_findings == 1);
    CHECK(d[0].status != LW_DOC_MATCHED && d[1].status == LW_DOC_MATCHED);
    CHECK(!result->outcome.verified);
    /* and what DG1 says is told as an image document's lines are */
    CHECK(!result->papers[0].has_mrz && result->papers[1].has_mrz);
    assert_string_equal(result->papers[1].mrz.surname, "ERIKSSON");
    CHECK(!result->papers[1].authentic); /* nobody was asked */
}

#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
static const struct CMUnitTest tests[] = {
    T(a_chip_s_portrait_serves_as_a_picture_does),
    T(without_trust_there_is_a_finding_and_with_it_none),
    T(trust_that_is_not_there_is_a_fault),
    T(a_broken_or_forged_chip_vouches_for_nobody),
    T(a_malicious_folder_is_no_fault_of_the_crossing),
    T(of_several_portraits_the_first_counts),
    T(who_opted_out_has_no_portrait_decoded),
    T(a_decoder_that_crashes_on_one_document_leaves_the_others),
};
RUN_TESTS(tests)
