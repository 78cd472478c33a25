/* What a store holds after a crossing under each policy: counted in its tables, and searched for in
 * its files. */
#include "vehicle.h"

#include "crypt/digest.h"
#include "crypt/hex.h"
#include "face/kit.h"

/* Everybody is seen; d3 declined. */
static const struct traveller four[] = {{"d1", "citizen", false, "A00000001", 0},
                                        {"d2", "noncitizen", false, "A00000002", 1},
                                        {"d3", "citizen", true, "A00000003", 2},
                                        {"d4", "minor", false, "A00000004", 3}};

static void cross_four(const struct yard *y, const char *policy)
{
    char bundle[96];
    struct run r;
    snprintf(bundle, sizeof(bundle), "%s/v", y->bundles);
    make_vehicle(bundle, "v", four, LW_COUNT(four));
    run(&r, "cross", bundle, "--json", "--store", y->place->store, "--policy", policy, NULL);
    if (r.code != 1)
        print_message("%s%s", r.out, r.err);
    CHECK(r.code == 1 && strstr(r.out, "\"reasons\":[\"opted_out\"]"));
    run_clear(&r);
}

/* How many blobs of that kind a document's holder has; those that are due after so long. */
static int64_t kept(const struct yard *y, const char *kind, const char *document, int64_t after)
{
    char sql[512];
    snprintf(sql, sizeof(sql),
             "SELECT count(*) FROM blob JOIN document d ON d.record = blob.record AND d.id = '%s'"
             " LEFT JOIN occupant o ON o.record = blob.record AND o.n = blob.occupant"
             " JOIN record ON record.seq = blob.record WHERE blob.kind = '%s'"
             " AND (o.document = d.n OR blob.document = d.n)"
             " AND abs(blob.due_utc_us - record.closed_utc_us - %jd) < 5000000",
             document, kind, (intmax_t)after);
    return ask(y->place, sql);
}

static int64_t decisions_kept_for(const struct yard *y, const char *document, int64_t after)
{
    char sql[512];
    snprintf(sql, sizeof(sql),
             "SELECT count(*) FROM document d JOIN record ON record.seq = d.record WHERE d.id ="
             " '%s' AND d.due_utc_us - record.closed_utc_us = %jd AND d.identity IS NOT NULL",
             document, (intmax_t)after);
    return ask(y->place, sql);
}

/* The policy's own text is there with its digest, and its rate was the one used. */
static void is_under(const struct yard *y, const char *policy, const char *fmr)
{
    char path[96], sql[256], hex[LW_SHA256_HEX];
    uint8_t *text = NULL;
    size_t n = 0;
    snprintf(path, sizeof(path), "policies/%s.json", policy);
    CHECK(lw_file_read(path, LW_MIB, &text, &n, NULL) == LW_OK);
    CHECK(lw_sha256_hex(hex, (struct lw_span){.data = text, .n = n}) == LW_OK);
    free(text);
    snprintf(sql, sizeof(sql),
             "SELECT count(*) FROM record JOIN policy ON policy.seq = record.policy"
             " WHERE policy.sha256 = x'%s' AND instr(record.bytes, '\"fmr\":%s,') > 0",
             hex, fmr);
    CHECK(ask(y->place, sql) == 1);
    CHECK(verify_store(y->place).policies == 1);
}

static void template_of_portrait(const struct yard *y, const char *id, uint8_t out[64])
{
    LW_AUTO(lw_facekit) kit = NULL;
    LW_AUTO(lw_image) im = NULL;
    LW_AUTO(lw_template) t = NULL;
    struct lw_face face;
    char path[128];
    const struct lw_facekit_opts opts = {.cards_dir = test_dir("LW_TEST_CARDS"),
                                         .models_dir = test_dir("LW_TEST_MODELS"),
                                         .detector = LW_DETECTOR_DEFAULTS,
                                         .threads = 1};
    snprintf(path, sizeof(path), "%s/v/%s.jpg", y->bundles, id);
    CHECK(lw_facekit_new(&kit, &opts, NULL) == LW_OK);
    CHECK(lw_image_load(&im, path, NULL, NULL) == LW_OK);
    CHECK(lw_facekit_portrait(kit, im, &face, &t, NULL) == 1 && t->n >= 64);
    memcpy(out, t->data, 64);
}

/* No picture and no template lies open in the files, and the one who declined has none at all. */
static void nothing_lies_open(const struct yard *y)
{
    uint8_t open[64];
    CHECK(!files_hold(y->place, "\xff\xd8\xff\xe0\0\x10JFIF", 10));
    CHECK(!files_hold(y->place, "LWTP\0\1", 6) && !files_hold(y->place, "ERIKSSON", 8));
    CHECK(!files_hold(y->place, "A00000003", 9) && !files_hold(y->place, "A00000002", 9));
    template_of_portrait(y, "d3", open);
    CHECK(!files_hold(y->place, open, sizeof(open)));
    CHECK(ask(y->place, "SELECT count(*) FROM blob JOIN occupant o ON o.record = blob.record AND"
                        " o.n = blob.occupant WHERE o.reasons = 'opted_out'") == 0);
    CHECK(ask(y->place, "SELECT count(*) FROM occupant WHERE reasons = 'opted_out'"
                        " AND score IS NULL AND captured = 0") == 1);
    CHECK(ask(y->place, "SELECT count(*) FROM blob WHERE kind <> 'fields' AND document = 2") == 0);
}

static void under_default_nothing_but_the_decision_is_kept(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    cross_four(y, "default");
    CHECK(ask(y->place, "SELECT count(*) FROM blob") == 0);
    for (size_t i = 0; i < LW_COUNT(four); i++)
        CHECK(decisions_kept_for(y, four[i].id, 24 * TEST_HOUR) == 1);
    CHECK(ask(y->place, "SELECT count(*) FROM occupant WHERE decision = 'verified'") == 3);
    is_under(y, "default", "0.0001");
    nothing_lies_open(y);
}

static void under_us_land_exit_citizens_and_aliens_differ(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    cross_four(y, "us-land-exit");
    CHECK(kept(y, "photo", "d1", 12 * TEST_HOUR) == 1);
    CHECK(kept(y, "photo", "d2", 75 * TEST_YEAR) == 2); /* a crop, and the portrait */
    CHECK(ask(y->place, "SELECT count(*) FROM blob WHERE kind = 'photo' AND document = 1") == 1);
    CHECK(kept(y, "template", "d2", 75 * TEST_YEAR) == 1);
    CHECK(kept(y, "fields", "d2", 75 * TEST_YEAR) == 1);
    CHECK(kept(y, "photo", "d4", 12 * TEST_HOUR) == 1); /* a minor's like the strictest */
    CHECK(ask(y->place, "SELECT count(*) FROM blob") == 6);
    CHECK(decisions_kept_for(y, "d1", 24 * TEST_HOUR) == 1);
    CHECK(decisions_kept_for(y, "d2", 75 * TEST_YEAR) == 1);
    CHECK(decisions_kept_for(y, "d3", 24 * TEST_HOUR) == 1);
    CHECK(decisions_kept_for(y, "d4", 24 * TEST_HOUR) == 1);
    is_under(y, "us-land-exit", "0.0001");
    nothing_lies_open(y);
    CHECK(verify_store(y->place).blobs == 6); /* each opens */
}

static void under_eu_ees_fields_of_third_country_nationals_are_kept(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    cross_four(y, "eu-ees");
    CHECK(kept(y, "fields", "d2", 3 * TEST_YEAR) == 1);
    CHECK(ask(y->place, "SELECT count(*) FROM blob") == 1);
    CHECK(decisions_kept_for(y, "d2", 3 * TEST_YEAR) == 1);
    CHECK(decisions_kept_for(y, "d1", 24 * TEST_HOUR) == 1);
    is_under(y, "eu-ees", "0.0005");
    nothing_lies_open(y);
}

static void under_ferry_booking_decisions_stay_for_two_days(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    cross_four(y, "ferry-booking");
    CHECK(ask(y->place, "SELECT count(*) FROM blob") == 0);
    for (size_t i = 0; i < LW_COUNT(four); i++)
        CHECK(decisions_kept_for(y, four[i].id, 48 * TEST_HOUR) == 1);
    is_under(y, "ferry-booking", "0.0001");
    nothing_lies_open(y);
}

/* The shipped file with other words; the result lies beside the bundles. */
static void change_policy(const struct yard *y, const char *name, const char *old, const char *new,
                          char path[128])
{
    char from[96];
    uint8_t *text = NULL;
    size_t n = 0;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    snprintf(from, sizeof(from), "policies/%s.json", name);
    CHECK(lw_file_read(from, LW_MIB, &text, &n, NULL) == LW_OK);
    const char *at = strstr((char *)text, old);
    CHECK(at != NULL);
    lw_strbuf_put(&b, text, (size_t)(at - (char *)text));
    lw_strbuf_printf(&b, "%s%s", new, at + strlen(old));
    temp_write(y->bundles, "policy.json", lw_strbuf_peek(&b), b.n);
    snprintf(path, 128, "%s/policy.json", y->bundles);
    free(text);
}

static void people_who_may_not_be_photographed_are_treated_as_opted_out(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    char path[128], bundle[96];
    struct run r;
    change_policy(y, "us-land-exit",
                  "\"photograph\": true,\n      \"offer_manual\": true,\n      \"encounters\": "
                  "false,\n      \"erase_on_request\": true,\n      \"keep\": {\n        "
                  "\"photo\": \"12h after verified\"",
                  "\"photograph\": false,\n \"offer_manual\": true,\n \"encounters\": "
                  "false,\n \"erase_on_request\": true,\n \"keep\": {\n "
                  "\"photo\": \"none\"",
                  path);
    snprintf(bundle, sizeof(bundle), "%s/v", y->bundles);
    make_vehicle(bundle, "v", four, 2);
    temp_write(bundle, "d1.jpg", "no picture", 10); /* never read */
    run(&r, "cross", bundle, "--json", "--policy", path, "--store", y->place->store, NULL);
    CHECK(r.code == 1 && strstr(r.out, "{\"id\":\"d1\",\"status\":\"opted_out\","
                                       "\"manual_offered\":true"));
    CHECK(strstr(r.out, "{\"id\":\"d2\",\"status\":\"matched\",\"manual_offered\":false"));
    run_clear(&r);
    CHECK(kept(y, "photo", "d1", 12 * TEST_HOUR) == 0);
    /* Two more people are in the picture: one of them may be the one who may not be photographed.
     */
    CHECK(ask(y->place, "SELECT count(*) FROM blob JOIN occupant o ON o.record = blob.record AND"
                        " o.n = blob.occupant WHERE o.decision = 'referral'") == 0);
    CHECK(ask(y->place, "SELECT count(*) FROM occupant WHERE decision = 'referral'") == 3);
    CHECK(ask(y->place, "SELECT count(*) FROM document WHERE id = 'd1' AND opted_out = 1") == 1);
}

static void whom_manual_processing_is_offered_stands_in_answer_and_record(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    char bundle[96];
    struct run r;
    snprintf(bundle, sizeof(bundle), "%s/v", y->bundles);
    make_vehicle(bundle, "v", four, 3);
    run(&r, "cross", bundle, "--policy", "us-land-exit", "--store", y->place->store, NULL);
    CHECK(r.code == 1 && strstr(r.out, "  offer manual processing to: d3\n"));
    run_clear(&r);
    CHECK(ask(y->place, "SELECT count(*) FROM record WHERE instr(bytes, '\"version\":2') > 0 AND"
                        " instr(bytes, '\"class\":\"citizen\",\"opted_out\":false,"
                        "\"manual_offered\":true,') > 0 AND instr(bytes, '\"class\":\"noncitizen\""
                        ",\"opted_out\":false,\"manual_offered\":false,') > 0") == 1);
}

static void a_rate_laxer_than_the_policys_is_refused(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    char bundle[96];
    struct run r;
    snprintf(bundle, sizeof(bundle), "%s/v", y->bundles);
    make_vehicle(bundle, "v", four, 1);
    run(&r, "cross", bundle, "--fmr", "0.001", "--store", y->place->store, NULL);
    CHECK(r.code == 2 && one_line(r.err));
    CHECK(strstr(r.err, "--fmr 0.001 is laxer than policy default allows: 0.0001"));
    CHECK(access(y->place->store, F_OK) != 0);
    run_clear(&r);
    run(&r, "cross", bundle, "--fmr", "0.00005", "--store", y->place->store, NULL);
    CHECK(r.code == 1);
    CHECK(ask(y->place, "SELECT instr(bytes, '\"fmr\":5e-05,') > 0 FROM record") == 1);
    run_clear(&r);
}

static void a_policy_that_is_wrong_is_refused_before_any_work(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    char bundle[96], path[128];
    struct run r;
    snprintf(bundle, sizeof(bundle), "%s/v", y->bundles);
    make_vehicle(bundle, "v", four, 1);
    change_policy(y, "default", "\"fmr\": 0.0001", "\"fmr\": 0.5", path);
    run(&r, "cross", bundle, "--policy", path, "--store", y->place->store, NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "/policy.json: fmr: 0.5 is not from"));
    CHECK(access(y->place->store, F_OK) != 0);
    run_clear(&r);
}

static void of_several_bundles_those_before_a_bad_one_stay(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    char good[96], bad[96], page[128];
    struct run r;
    snprintf(good, sizeof(good), "%s/v", y->bundles);
    snprintf(bad, sizeof(bad), "%s/w", y->bundles);
    snprintf(page, sizeof(page), "%s/page.html", y->bundles);
    make_vehicle(good, "v", four, 2);
    make_vehicle(bad, "w", four, 2);
    temp_write(bad, "d2.jpg", "no picture", 10);
    run(&r, "cross", good, bad, "--json", "--store", y->place->store, "--report", page, NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "/w: document d2"));
    CHECK(one_line(r.out) && strstr(r.out, "{\"crossing\":\"v\""));
    CHECK(ask(y->place, "SELECT count(*) FROM record WHERE crossing = 'v'") == 1);
    CHECK(ask(y->place, "SELECT count(*) FROM record") == 1);
    CHECK(access(page, F_OK) == 0);
    run_clear(&r);
}

static void no_bundle_is_answered_where_one_of_them_is_malformed(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    char good[96], bad[96], page[128];
    struct run r;
    snprintf(good, sizeof(good), "%s/v", y->bundles);
    snprintf(bad, sizeof(bad), "%s/w", y->bundles);
    snprintf(page, sizeof(page), "%s/page.html", y->bundles);
    make_vehicle(good, "v", four, 1);
    make_vehicle(bad, "w", four, 1);
    temp_write(bad, "crossing.json", "{}", 2);
    run(&r, "cross", good, bad, "--store", y->place->store, "--report", page, NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "/w/crossing.json: version: is missing"));
    CHECK(!*r.out && access(page, F_OK) != 0 && access(y->place->store, F_OK) != 0);
    run_clear(&r);
}

static const struct CMUnitTest tests[] = {
    YARD_TEST(under_default_nothing_but_the_decision_is_kept),
    YARD_TEST(under_us_land_exit_citizens_and_aliens_differ),
    YARD_TEST(under_eu_ees_fields_of_third_country_nationals_are_kept),
    YARD_TEST(under_ferry_booking_decisions_stay_for_two_days),
    YARD_TEST(people_who_may_not_be_photographed_are_treated_as_opted_out),
    YARD_TEST(whom_manual_processing_is_offered_stands_in_answer_and_record),
    YARD_TEST(a_rate_laxer_than_the_policys_is_refused),
    YARD_TEST(a_policy_that_is_wrong_is_refused_before_any_work),
    YARD_TEST(of_several_bundles_those_before_a_bad_one_stay),
    YARD_TEST(no_bundle_is_answered_where_one_of_them_is_malformed),
};
RUN_TESTS(tests)
