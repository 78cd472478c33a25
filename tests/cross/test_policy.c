#include "check.h"

#include "base/file.h"
#include "base/strbuf.h"
#include "cross/policy.h"

#define HOUR (3600 * INT64_C(1000000))
#define DAY (24 * HOUR)
#define YEAR (INT64_C(31556952) * 1000000)

#define KEEP                                                                                       \
    "\"keep\":{\"photo\":\"12h after verified\",\"template\":\"none\",\"fields\":\"none\","        \
    "\"decision\":\"30d after closed\"},"
#define READ                                                                                       \
    "\"read\":{\"photo\":[\"officer\"],\"template\":[],\"fields\":[],"                             \
    "\"decision\":[\"officer\",\"auditor\"]},"
#define GOOD_POLICY                                                                                \
    "{\"format\":\"lanewise-policy\",\"version\":1,\"name\":\"test\",\"revision\":\"2026-11-01\"," \
    "\"about\":\"For the tests.\",\"sources\":[\"none\"],\"fmr\":0.0001,"                          \
    "\"export_roles\":[\"privacy\"],\"erase_roles\":[],\"correct_roles\":[\"supervisor\"],"        \
    "\"rules\":["                                                                                  \
    "{\"classes\":[\"citizen\",\"resident\",\"diplomatic\"],\"directions\":[\"inbound\","          \
    "\"outbound\"],\"opted_out\":false,\"photograph\":true,\"offer_manual\":true,"                 \
    "\"encounters\":false,\"erase_on_request\":true," KEEP READ "\"source\":\"a law\"},"           \
    "{\"classes\":[\"noncitizen\"],\"directions\":[\"inbound\",\"outbound\"],\"opted_out\":false," \
    "\"photograph\":true,\"offer_manual\":false,\"encounters\":true,\"erase_on_request\":false,"   \
    "\"keep\":{\"photo\":\"75y after closed\",\"template\":\"75y after closed\","                  \
    "\"fields\":\"1y after closed\",\"decision\":\"90min after opened\"},"                         \
    "\"read\":{\"photo\":[\"officer\",\"privacy\"],\"template\":[],\"fields\":[],"                 \
    "\"decision\":[\"auditor\",\"privacy\"]},\"source\":\"another\"},"                             \
    "{\"classes\":[\"citizen\",\"resident\",\"noncitizen\",\"diplomatic\"],\"directions\":"        \
    "[\"inbound\",\"outbound\"],\"opted_out\":true,\"photograph\":false,\"offer_manual\":true,"    \
    "\"encounters\":false,\"erase_on_request\":true,\"keep\":{\"photo\":\"none\",\"template\":"    \
    "\"none\",\"fields\":\"none\",\"decision\":\"24h after closed\"}," READ "\"source\":\"x\"}]}"

static struct lw_span text_span(const char *s)
{
    return (struct lw_span){.data = (const uint8_t *)s, .n = strlen(s)};
}

static struct lw_policy good_policy(void)
{
    struct lw_policy p;
    struct lw_why why = {0};
    if (lw_policy_parse(&p, text_span(GOOD_POLICY), &why) < 0)
        fail_msg("%s", why.text);
    return p;
}

static const struct lw_policy_rule *rule(const struct lw_policy *p, enum lw_person_class c)
{
    return lw_policy_rule(p, c, false, LW_OUTBOUND);
}

static void a_policy_says_what_is_kept_of_whom(void **state)
{
    LW_UNUSED(state);
    const struct lw_policy p = good_policy();
    assert_string_equal(p.name, "test");
    CHECK(p.fmr == 0.0001 && p.exporters == 1u << LW_ROLE_PRIVACY && p.erasers == 0);
    const struct lw_policy_rule *citizen = rule(&p, LW_CLASS_CITIZEN);
    CHECK(citizen->keep[LW_ITEM_PHOTO].for_us == 12 * HOUR);
    CHECK(citizen->keep[LW_ITEM_PHOTO].after == LW_EVENT_VERIFIED);
    CHECK(citizen->keep[LW_ITEM_TEMPLATE].for_us == 0 && !citizen->encounters);
    CHECK(citizen->keep[LW_ITEM_DECISION].for_us == 30 * DAY);
    CHECK(citizen->readers[LW_ITEM_PHOTO] == 1u << LW_ROLE_OFFICER);
    const struct lw_policy_rule *other = rule(&p, LW_CLASS_NONCITIZEN);
    CHECK(other->keep[LW_ITEM_PHOTO].for_us == 75 * YEAR && other->encounters);
    CHECK(other->keep[LW_ITEM_DECISION].for_us == 90 * 60 * INT64_C(1000000));
    CHECK(!other->offer_manual && !other->erase_on_request);
    CHECK(!lw_policy_rule(&p, LW_CLASS_CITIZEN, true, LW_INBOUND)->photograph);
}

static void minors_and_unknown_people_get_the_strictest_of_all_rules(void **state)
{
    LW_UNUSED(state);
    const struct lw_policy p = good_policy();
    for (int i = 0; i < 2; i++) {
        const struct lw_policy_rule *r = rule(&p, i ? LW_CLASS_MINOR : LW_CLASS_UNKNOWN);
        CHECK(r->photograph && r->offer_manual && !r->encounters && r->erase_on_request);
        CHECK(r->keep[LW_ITEM_PHOTO].for_us == 12 * HOUR);
        CHECK(r->keep[LW_ITEM_TEMPLATE].for_us == 0 && r->keep[LW_ITEM_FIELDS].for_us == 0);
        CHECK(r->keep[LW_ITEM_DECISION].for_us == 90 * 60 * INT64_C(1000000));
        CHECK(r->keep[LW_ITEM_DECISION].after == LW_EVENT_OPENED);
        CHECK(r->readers[LW_ITEM_PHOTO] == 1u << LW_ROLE_OFFICER);
        CHECK(r->readers[LW_ITEM_DECISION] == 1u << LW_ROLE_AUDITOR);
    }
}

static int parse_with(struct lw_policy *p, const char *from, const char *to, struct lw_why *why)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    const char *at = strstr(GOOD_POLICY, from);
    assert_non_null(at);
    lw_strbuf_put(&b, GOOD_POLICY, (size_t)(at - GOOD_POLICY));
    lw_strbuf_puts(&b, to);
    lw_strbuf_puts(&b, at + strlen(from));
    return lw_policy_parse(p, lw_strbuf_span(&b), why);
}

static void a_laxer_rule_written_for_minors_does_not_count(void **state)
{
    LW_UNUSED(state);
    struct lw_policy p;
    CHECK(parse_with(&p, "[\"noncitizen\"]", "[\"noncitizen\",\"minor\"]", NULL) == LW_OK);
    CHECK(rule(&p, LW_CLASS_MINOR)->keep[LW_ITEM_PHOTO].for_us == 12 * HOUR);
    CHECK(!rule(&p, LW_CLASS_MINOR)->encounters);
}

static void due_times_count_from_the_event_that_the_policy_names(void **state)
{
    LW_UNUSED(state);
    const struct lw_policy p = good_policy();
    const struct lw_policy_times seen = {.opened_utc_us = 10, .closed_utc_us = 1000};
    const struct lw_policy_times verified = {10, 500, 1000};
    const struct lw_policy_rule *citizen = rule(&p, LW_CLASS_CITIZEN);
    CHECK(lw_policy_due(citizen, LW_ITEM_PHOTO, &verified) == 500 + 12 * HOUR);
    CHECK(lw_policy_due(citizen, LW_ITEM_PHOTO, &seen) == 1000 + 12 * HOUR);
    CHECK(lw_policy_due(citizen, LW_ITEM_TEMPLATE, &verified) == 1000);
    const struct lw_policy_rule *other = rule(&p, LW_CLASS_NONCITIZEN);
    CHECK(lw_policy_due(other, LW_ITEM_DECISION, &verified) == 10 + 90 * 60 * INT64_C(1000000));
}

static void who_may_not_be_photographed_is_treated_as_opted_out(void **state)
{
    LW_UNUSED(state);
    struct lw_policy p = good_policy();
    struct lw_bundle b = {.direction = LW_OUTBOUND, .n_documents = 2};
    b.documents[0].person_class = LW_CLASS_CITIZEN;
    b.documents[1].person_class = LW_CLASS_DIPLOMATIC;
    lw_policy_restrict(&p, &b);
    CHECK(!b.documents[0].opted_out && !b.documents[1].opted_out);
    p.rules[LW_CLASS_DIPLOMATIC][0][LW_OUTBOUND].photograph = false;
    lw_policy_restrict(&p, &b);
    CHECK(!b.documents[0].opted_out && b.documents[1].opted_out);
}

static void offences_are_named(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *from, *to, *message;
    } offences[] = {
        {"\"fmr\"", "\"colour\":1,\"fmr\"", "top level: unknown key \"colour\""},
        {"lanewise-policy", "policy", "format: \"policy\" is none of lanewise-policy"},
        {"\"version\":1", "\"version\":3", "version: 3 is not from 1 to 1"},
        {"2026-11-01", "2026-02-30", "revision: \"2026-02-30\" is no date as 2026-01-31"},
        {"\"fmr\":0.0001", "\"fmr\":0.5", "fmr: 0.5 is not from 1e-07 to 0.01"},
        {"[\"privacy\"],\"erase", "[\"boss\"],\"erase", "export_roles: [0] is no known word"},
        {"[\"privacy\"],\"erase", "[\"privacy\",\"privacy\"],\"erase",
         "export_roles: [1] is there twice"},
        {"12h after verified", "12 hours",
         "rules[0].keep.photo: \"12 hours\" is neither \"none\" nor like \"12h after verified\", "
         "at "
         "most 100 years"},
        {"12h after verified", "0h after verified",
         "rules[0].keep.photo: \"0h after verified\" is neither \"none\" nor like \"12h after "
         "verified\", at most 100 years"},
        {"75y after closed", "101y after closed",
         "rules[1].keep.photo: \"101y after closed\" is neither \"none\" nor like \"12h after "
         "verified\", at most 100 years"},
        {"12h after verified", "12h after sunset",
         "rules[0].keep.photo: \"12h after sunset\" is neither \"none\" nor like \"12h after "
         "verified\", at most 100 years"},
        {"\"fields\":\"none\",", "", "rules[0].keep.fields: is missing"},
        {"\"photo\":[\"officer\"],", "", "rules[0].read.photo: is missing"},
        {"\"classes\":[\"citizen\",", "\"classes\":[\"tourist\",",
         "rules[0].classes: [0] is no known word"},
        {"\"classes\":[\"citizen\",", "\"classes\":[", "rules: none for citizen, inbound"},
        {"[\"noncitizen\"]", "[\"noncitizen\",\"citizen\"]",
         "rules[1]: a second rule for citizen, inbound"},
        {"\"resident\",\"noncitizen\",\"diplomatic\"],\"directions\":[\"inbound\",",
         "\"resident\",\"noncitizen\",\"diplomatic\"],\"directions\":[",
         "rules: none for citizen, inbound, opted out"},
        {"\"photograph\":false", "\"photograph\":true",
         "rules[2].opted_out: people who declined are not photographed and no photo or template of "
         "them is kept"},
        {"\"keep\":{\"photo\":\"none\"", "\"keep\":{\"photo\":\"1h after closed\"",
         "rules[2].opted_out: people who declined are not photographed and no photo or template of "
         "them is kept"},
        {"\"opted_out\":false,\"photograph\":true", "\"opted_out\":false,\"photograph\":false",
         "rules[0].photograph: is false, but a photo or template is kept"},
        {"\"encounters\":false,\"erase_on_request\":true,\"keep\":{\"photo\":\"none\"",
         "\"encounters\":true,\"erase_on_request\":true,\"keep\":{\"photo\":\"none\"",
         "rules[2].encounters: is true, but neither photo nor template is kept"},
        {"\"source\":\"a law\"", "\"source\":\"\"", "rules[0].source: is empty (1 to 1023 bytes)"},
    };
    for (size_t i = 0; i < LW_COUNT(offences); i++) {
        struct lw_policy p;
        struct lw_why why = {0};
        assert_int_equal(parse_with(&p, offences[i].from, offences[i].to, &why), LW_EFORMAT);
        assert_string_equal(why.text, offences[i].message);
    }
}

static struct lw_policy shipped(const char *name)
{
    struct lw_policy p;
    struct lw_why why = {0};
    char path[96];
    uint8_t *data = NULL;
    size_t n = 0;
    snprintf(path, sizeof(path), "policies/%s.json", name);
    assert_int_equal(lw_file_read(path, LW_POLICY_BYTES_MAX, &data, &n, NULL), LW_OK);
    if (lw_policy_parse(&p, (struct lw_span){.data = data, .n = n}, &why) < 0)
        fail_msg("%s: %s", path, why.text);
    free(data);
    assert_string_equal(p.name, name);
    return p;
}

static void nothing_of_a_face_outlives_a_crossing_by_default(void **state)
{
    LW_UNUSED(state);
    const struct lw_policy p = shipped("default"), ferry = shipped("ferry-booking");
    for (int c = 0; c < LW_POLICY_CLASSES; c++) {
        for (int i = LW_ITEM_PHOTO; i <= LW_ITEM_FIELDS; i++) {
            CHECK(rule(&p, (enum lw_person_class)c)->keep[i].for_us == 0);
            CHECK(rule(&ferry, (enum lw_person_class)c)->keep[i].for_us == 0);
        }
        CHECK(rule(&p, (enum lw_person_class)c)->keep[LW_ITEM_DECISION].for_us == DAY);
        CHECK(rule(&p, (enum lw_person_class)c)->offer_manual);
    }
}

static void a_citizens_photo_goes_within_12_hours_of_verification_at_a_us_land_exit(void **state)
{
    LW_UNUSED(state);
    const struct lw_policy p = shipped("us-land-exit");
    const struct lw_policy_times t = {100, 200, 300};
    static const enum lw_person_class strict[] = {LW_CLASS_CITIZEN, LW_CLASS_MINOR,
                                                  LW_CLASS_UNKNOWN};
    for (size_t i = 0; i < LW_COUNT(strict); i++) {
        const struct lw_policy_rule *r = rule(&p, strict[i]);
        CHECK(lw_policy_due(r, LW_ITEM_PHOTO, &t) <= 200 + 12 * HOUR);
        CHECK(r->keep[LW_ITEM_TEMPLATE].for_us == 0 && !r->encounters && r->offer_manual);
    }
    CHECK(rule(&p, LW_CLASS_NONCITIZEN)->encounters);
    CHECK(lw_policy_due(rule(&p, LW_CLASS_NONCITIZEN), LW_ITEM_PHOTO, &t) == 300 + 75 * YEAR);
}

static void no_photo_stays_in_a_national_file_of_the_ees(void **state)
{
    LW_UNUSED(state);
    const struct lw_policy p = shipped("eu-ees");
    for (int c = 0; c < LW_POLICY_CLASSES; c++)
        CHECK(rule(&p, (enum lw_person_class)c)->keep[LW_ITEM_PHOTO].for_us == 0 &&
              rule(&p, (enum lw_person_class)c)->keep[LW_ITEM_TEMPLATE].for_us == 0);
    CHECK(rule(&p, LW_CLASS_NONCITIZEN)->keep[LW_ITEM_FIELDS].for_us == 3 * YEAR);
    CHECK(p.fmr == 0.0005);
}

#define PRESETS                                                                                    \
    "\"requirements\":{\"in_effect\":\"b\",\"presets\":[{\"name\":\"a\",\"why\":\"x\","            \
    "\"portrait_px\":[480,760],\"inter_eye_px\":120,\"quality\":0,\"bounds\":[]},"                 \
    "{\"name\":\"b\",\"why\":\"x\",\"portrait_px\":[0,0],\"inter_eye_px\":20.5,\"quality\":30,"    \
    "\"bounds\":[{\"component\":\"head_pose_yaw\",\"max\":40,\"assessed\":true,\"why\":\"y\"},"    \
    "{\"component\":\"luminance_mean\",\"scalar\":10,\"why\":\"z\"}]}]},\"rules\":["

static void a_policy_without_requirements_asks_for_twenty_pixels(void **state)
{
    LW_UNUSED(state);
    const struct lw_policy p = good_policy();
    CHECK(p.requirements.n == 1 && p.requirements.v[0].inter_eye_px == 20);
    assert_string_equal(p.requirements.v[0].name, "verify");
}

static void requirements_are_tables_of_bounds(void **state)
{
    LW_UNUSED(state);
    struct lw_policy p;
    struct lw_why why = {0};
    if (parse_with(&p, "\"rules\":[", PRESETS, &why) < 0)
        fail_msg("%s", why.text);
    const struct lw_requirement_set *s = &p.requirements;
    CHECK(s->n == 2 && s->in_effect == 1);
    CHECK(s->v[0].portrait_w == 480 && s->v[0].portrait_h == 760 && s->v[0].n_bounds == 0);
    CHECK(s->v[1].inter_eye_px == 20.5f && s->v[1].quality == 30 && s->v[1].n_bounds == 2);
    CHECK(s->v[1].bounds[0].component == LW_Q_HEAD_POSE_YAW && s->v[1].bounds[0].assessed);
    CHECK(s->v[1].bounds[0].max == 40 && s->v[1].bounds[0].min < -1e6);
    CHECK(s->v[1].bounds[1].scalar_min == 10 && !s->v[1].bounds[1].assessed);
}

/* Exchange a piece of PRESETS; the message must hold the words. */
static void check_presets_refused(const char *from, const char *to, const char *words)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_policy p;
    struct lw_why why = {0};
    const char *at = strstr(PRESETS, from);
    assert_non_null(at);
    lw_strbuf_put(&b, PRESETS, (size_t)(at - PRESETS));
    lw_strbuf_puts(&b, to);
    lw_strbuf_puts(&b, at + strlen(from));
    CHECK(parse_with(&p, "\"rules\":[", lw_strbuf_peek(&b), &why) == LW_EFORMAT);
    if (!strstr(why.text, words))
        fail_msg("%s", why.text);
}

static void offences_in_requirements_are_named(void **state)
{
    LW_UNUSED(state);
    check_presets_refused("\"in_effect\":\"b\"", "\"in_effect\":\"c\"", "none of the presets");
    check_presets_refused("\"name\":\"b\"", "\"name\":\"a\"", "second one of the name");
    check_presets_refused("[0,0]", "[0,-1]", "portrait_px: [1]");
    check_presets_refused("[0,0]", "[0]", "portrait_px");
    check_presets_refused("20.5", "-1", "presets[1].inter_eye_px");
    check_presets_refused("\"quality\":30", "\"quality\":101", "presets[1].quality");
    check_presets_refused("head_pose_yaw", "beauty", "no quality component");
    check_presets_refused("head_pose_yaw", "margin_above", "reported");
    check_presets_refused("\"max\":40,\"assessed\":true,", "", "has no bound");
    check_presets_refused("\"max\":40,", "\"max\":40,\"min\":41,", "above max");
    check_presets_refused("luminance_mean", "sharpness", "no mapping");
    check_presets_refused("\"scalar\":10", "\"scalar\":0", "bounds[1].scalar");
    check_presets_refused("\"scalar\":10", "\"skalar\":10", "unknown key");
    check_presets_refused(",\"why\":\"z\"", "", "why: is missing");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_policy_says_what_is_kept_of_whom),
    cmocka_unit_test(minors_and_unknown_people_get_the_strictest_of_all_rules),
    cmocka_unit_test(a_laxer_rule_written_for_minors_does_not_count),
    cmocka_unit_test(due_times_count_from_the_event_that_the_policy_names),
    cmocka_unit_test(who_may_not_be_photographed_is_treated_as_opted_out),
    cmocka_unit_test(offences_are_named),
    cmocka_unit_test(nothing_of_a_face_outlives_a_crossing_by_default),
    cmocka_unit_test(a_citizens_photo_goes_within_12_hours_of_verification_at_a_us_land_exit),
    cmocka_unit_test(no_photo_stays_in_a_national_file_of_the_ees),
    cmocka_unit_test(a_policy_without_requirements_asks_for_twenty_pixels),
    cmocka_unit_test(requirements_are_tables_of_bounds),
    cmocka_unit_test(offences_in_requirements_are_named),
};
RUN_TESTS(tests)
