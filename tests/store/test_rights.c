#include "entries.h"

#include "store/rights.h"

static const struct lw_actor privacy = {
    .name = "p.ohm", .role = LW_ROLE_PRIVACY, .purpose = "letter 2026-114"};
static const struct lw_actor supervisor = {
    .name = "s.ampere", .role = LW_ROLE_SUPERVISOR, .purpose = "letter 2026-116"};

static const struct lw_request citizen = {.who = {.issuer = "UTO", .number = "L898902C3"},
                                          .ground = "GDPR Art. 15"};
static const struct lw_request foreigner = {.who = {.issuer = "D", .number = "C01X00T47"},
                                            .ground = "GDPR Art. 15"};

/* Two crossings of the same two travellers and a stranger, an hour ago and now. */
static void fill(const struct place *p)
{
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "r1", lw_now_utc_us() - TEST_HOUR);
    put_crossing(s, "r2", lw_now_utc_us() - 1000000);
}

struct gathered {
    size_t n;
    char names[32][96];
    struct lw_strbuf all; /* every byte that was handed out */
};

static int gather(void *ctx, const char *name, struct lw_span bytes, struct lw_why *why)
{
    struct gathered *g = ctx;
    LW_UNUSED(why);
    snprintf(g->names[g->n++], sizeof(g->names[0]), "%s", name);
    lw_strbuf_put(&g->all, bytes.data, bytes.n);
    return LW_OK;
}

static bool has(const struct gathered *g, const char *name)
{
    for (size_t i = 0; i < g->n; i++)
        if (strcmp(g->names[i], name) == 0)
            return true;
    return false;
}

static bool says(const struct gathered *g, const char *text)
{
    return memmem(g->all.s, g->all.n, text, strlen(text)) != NULL;
}

static void people_get_their_own_data_and_nobody_elses(void **state)
{
    const struct place *p = *state;
    struct gathered g = {.all = LW_STRBUF_INIT};
    struct lw_own_report report;
    struct lw_why why = {0};
    fill(p);
    LW_AUTO_STORE s = open_as(p, "default", &privacy);
    if (lw_store_own_data(s, &foreigner, gather, &g, &report, &why) < 0)
        fail_msg("%s", why.text);
    CHECK(report.records == 2 && report.files == 6 && g.n == 7);
    CHECK(has(&g, "data.json") && has(&g, "r1/photo-2.jpg") && has(&g, "r1/template-4.lwtp"));
    CHECK(has(&g, "r2/fields-5.json"));
    CHECK(says(&g, "the face of BBBB") && says(&g, "FOREIGNERSSON"));
    CHECK(!says(&g, "the face of AAAA") && !says(&g, "the face of CCCC"));
    CHECK(!says(&g, "CITIZENSSON") && !says(&g, "L898902C3") && !says(&g, "\"d1\""));
    CHECK(says(&g, "\"record\":\"r1\",\"crossing\":\"01KG9H2PD1JQME40KXFDEP2DRB\""));
    CHECK(says(&g, "\"policy\":{\"format\":\"lanewise-policy\",\"name\":\"us-land-exit\""));
    CHECK(says(&g, "\"decision\":\"verified\",\"score\":0.71"));
    CHECK(says(&g, "\"action\":\"export\",\"role\":\"privacy\",\"purpose\":\"letter 2026-114\""));
    CHECK(!says(&g, "p.ohm"));
    CHECK(ask(p, "SELECT count(*) FROM audit WHERE action = 'export' AND subject IN ('r1', 'r2')"
                 " AND actor = 'p.ohm' AND detail = 'ground=GDPR Art. 15 files=3'") == 2);
    lw_strbuf_clear(&g.all);
}

static void refused(struct lw_store *s, const struct lw_request *q, int code, const char *text)
{
    struct gathered g = {.all = LW_STRBUF_INIT};
    struct lw_own_report report;
    struct lw_why why = {0};
    assert_int_equal(lw_store_own_data(s, q, gather, &g, &report, &why), code);
    assert_string_equal(why.text, text);
    CHECK(g.n == 0);
}

static void who_may_not_or_does_not_say_why_gets_nothing(void **state)
{
    const struct place *p = *state;
    struct lw_request q = foreigner;
    struct lw_actor silent = privacy, officer = privacy;
    fill(p);
    officer.role = LW_ROLE_OFFICER;
    silent.purpose[0] = '\0';
    LW_AUTO_STORE a = open_as(p, "default", &officer);
    refused(a, &q, LW_EINVAL, "policy us-land-exit does not let the role officer export");
    LW_AUTO_STORE b = open_as(p, "default", &silent);
    refused(b, &q, LW_EINVAL, "a purpose is needed");
    LW_AUTO_STORE c = open_as(p, "default", &privacy);
    static const char *const no_grounds[] = {
        "", "   ", "two\nlines", "tab\there", "not \xff UTF-8", "C1 \xc2\x85"};
    for (size_t i = 0; i < LW_COUNT(no_grounds); i++) {
        q.ground = no_grounds[i];
        refused(c, &q, LW_EINVAL, "a ground of 1 to 200 bytes is needed");
    }
    q = foreigner;
    strcpy(q.who.number, "C01X00T48");
    refused(c, &q, LW_ENOTFOUND, "nothing is kept of the holder of that document");
    q.who.number[0] = '\0';
    refused(c, &q, LW_EINVAL, "issuing state and document number are needed");
    CHECK(ask(p, "SELECT count(*) FROM audit WHERE action = 'export'") == 0);
}

static void erasing_takes_one_person_and_leaves_the_others(void **state)
{
    const struct place *p = *state;
    struct lw_erase_report report;
    struct lw_why why = {0};
    fill(p);
    CHECK(ask(p, "SELECT count(*) FROM blob WHERE occupant = 0") == 2);
    LW_AUTO_STORE s = open_as(p, "default", &privacy);
    if (lw_store_erase(s, &citizen, 0, &report, &why) < 0)
        fail_msg("%s", why.text);
    CHECK(report.records == 2 && report.refused == 0 && report.purge.erased.photos == 2);
    CHECK(report.purge.certificate.n > 0);
    lw_strbuf_clear(&report.purge.certificate);
    CHECK(ask(p, "SELECT count(*) FROM blob WHERE occupant = 0 OR document = 0") == 0);
    CHECK(ask(p, "SELECT count(*) FROM document WHERE n = 0") == 0);
    CHECK(ask(p, "SELECT count(*) FROM occupant WHERE n = 0") == 0);
    CHECK(ask(p, "SELECT count(*) FROM record WHERE length(bytes) > 0") == 0);
    CHECK(ask(p, "SELECT count(*) FROM occupant WHERE n = 1 AND decision = 'verified'") == 2);
    CHECK(ask(p, "SELECT count(*) FROM blob WHERE occupant = 1 OR document = 1") == 6);
    CHECK(ask(p, "SELECT count(*) FROM record") == 2);
    CHECK(ask(p, "SELECT count(*) FROM audit WHERE action = 'erase_request' AND detail ="
                 " 'ground=GDPR Art. 15 granted'") == 2);
    lw_store_close(&s);
    verify_store(p);
    s = open_as(p, "default", &privacy);
    CHECK(lw_store_erase(s, &citizen, 0, &report, &why) == LW_ENOTFOUND);
}

static void what_the_policy_keeps_is_not_erased_on_request(void **state)
{
    const struct place *p = *state;
    struct lw_erase_report report;
    fill(p);
    LW_AUTO_STORE s = open_as(p, "default", &privacy);
    CHECK(lw_store_erase(s, &foreigner, 0, &report, NULL) == LW_OK);
    CHECK(report.records == 0 && report.refused == 2 && report.purge.erased.photos == 0);
    lw_strbuf_clear(&report.purge.certificate);
    CHECK(ask(p, "SELECT count(*) FROM blob WHERE occupant = 1 OR document = 1") == 6);
    CHECK(ask(p, "SELECT count(*) FROM audit WHERE action = 'erase_request' AND detail ="
                 " 'ground=GDPR Art. 15 refused by the policy'") == 2);
    lw_store_close(&s);
    s = open_as(p, "default", &supervisor);
    struct lw_why why = {0};
    CHECK(lw_store_erase(s, &citizen, 0, &report, &why) == LW_EINVAL);
    assert_string_equal(why.text, "policy us-land-exit does not let the role supervisor erase");
}

static void a_corrected_class_shortens_what_the_old_record_keeps(void **state)
{
    const struct place *p = *state;
    const enum lw_person_class is = LW_CLASS_CITIZEN;
    const struct lw_correction c = {.record = "r1", .person_class = &is};
    char id[LW_BUNDLE_ID] = "";
    struct lw_why why = {0};
    fill(p);
    LW_AUTO_STORE s = open_as(p, "default", &supervisor);
    if (lw_store_correct(s, &foreigner, &c, id, &why) < 0)
        fail_msg("%s", why.text);
    CHECK(lw_ulid_valid(id));
    CHECK(ask(p, "SELECT count(*) FROM record WHERE corrects = 'r1' AND policy ="
                 " (SELECT policy FROM record WHERE id = 'r1')") == 1);
    CHECK(ask(p, "SELECT count(*) FROM document d JOIN record r ON r.seq = d.record WHERE"
                 " r.corrects = 'r1' AND d.n = 1 AND d.class = 'citizen'"
                 " AND d.identity IS NOT NULL AND d.authentic = 1") == 1);
    CHECK(ask(p,
              "SELECT (max(blob.due_utc_us) - closed_utc_us) / 3600000000 FROM blob JOIN record ON"
              " record.seq = blob.record WHERE id = 'r1' AND occupant = 1 AND kind = 'photo'") ==
          12);
    CHECK(ask(p, "SELECT count(*) FROM blob JOIN record ON record.seq = blob.record WHERE id = 'r1'"
                 " AND (occupant = 1 OR document = 1) AND kind <> 'photo'"
                 " AND blob.due_utc_us > closed_utc_us") == 0);
    CHECK(ask(p, "SELECT count(*) FROM blob JOIN blob_key ON blob = blob.seq"
                 " WHERE blob.due_utc_us <> blob_key.due_utc_us") == 0);
    CHECK(ask(p, "SELECT count(*) FROM blob JOIN record ON record.seq = blob.record WHERE id = 'r2'"
                 " AND blob.due_utc_us > closed_utc_us + 3600000000 * 24 * 365") == 3);
    CHECK(ask(p, "SELECT count(*) FROM audit WHERE action IN ('correct', 'correct_request')") == 2);
    CHECK(lw_store_correct(s, &foreigner, &c, id, &why) == LW_EINVAL);
    assert_string_equal(why.text, "record r1 was corrected before: correct that one");
    lw_store_close(&s);
    verify_store(p);
}

static void who_was_not_me_is_referred_and_serves_no_more(void **state)
{
    const struct place *p = *state;
    const struct lw_correction c = {.record = "r1", .not_me = true};
    struct lw_correction seat = {.verified_seat = "1R"};
    char id[LW_BUNDLE_ID] = "", back[LW_BUNDLE_ID] = "";
    struct lw_why why = {0};
    fill(p);
    LW_AUTO_STORE s = open_as(p, "default", &supervisor);
    CHECK(lw_store_correct(s, &foreigner, &c, id, &why) == LW_OK);
    CHECK(ask(p, "SELECT count(*) FROM occupant o JOIN record r ON r.seq = o.record WHERE"
                 " r.corrects = 'r1' AND o.n = 1 AND o.reasons = 'mismatch'") == 1);
    CHECK(ask(p,
              "SELECT count(*) FROM blob JOIN record ON record.seq = blob.record WHERE id = 'r1'"
              " AND occupant = 1 AND kind = 'template' AND blob.due_utc_us > closed_utc_us") == 0);
    CHECK(ask(p, "SELECT count(*) FROM encounter JOIN blob ON blob.seq = encounter.blob"
                 " JOIN record ON record.seq = blob.record WHERE id = 'r1'") == 0);
    seat.record = id; /* and an officer may say that it was them after all */
    if (lw_store_correct(s, &foreigner, &seat, back, &why) < 0)
        fail_msg("%s", why.text);
    CHECK(ask(p, "SELECT count(*) FROM document d JOIN record r ON r.seq = d.record WHERE"
                 " d.n = 1 AND d.status = 'matched' AND r.corrects NOT IN ('r1')") == 1);
    lw_store_close(&s);
    verify_store(p);
}

static void not_corrected(struct lw_store *s, struct lw_correction c, int code, const char *text)
{
    char id[LW_BUNDLE_ID] = "";
    struct lw_why why = {0};
    assert_int_equal(lw_store_correct(s, &foreigner, &c, id, &why), code);
    assert_string_equal(why.text, text);
}

static void what_makes_no_sense_is_not_corrected(void **state)
{
    const struct place *p = *state;
    const enum lw_person_class same = LW_CLASS_NONCITIZEN;
    fill(p);
    LW_AUTO_STORE s = open_as(p, "default", &supervisor);
    not_corrected(s, (struct lw_correction){.record = "r1", .person_class = &same}, LW_EINVAL,
                  "the correction changes nothing");
    not_corrected(s, (struct lw_correction){.record = "r9", .lane = "L"}, LW_ENOTFOUND,
                  "record r9 is none of that document's holder");
    not_corrected(s, (struct lw_correction){.record = "r1", .verified_seat = "1L"}, LW_EINVAL,
                  "somebody was verified with that document already");
    not_corrected(s, (struct lw_correction){.record = "r1", .lane = ""}, LW_EINVAL,
                  "a lane is printable ASCII of 1 to 64 bytes");
    not_corrected(s, (struct lw_correction){.record = "r1", .lane = "L\xc3\xa4ne"}, LW_EINVAL,
                  "a lane is printable ASCII of 1 to 64 bytes");
    LW_AUTO_STORE other = open_as(p, "default", &privacy);
    not_corrected(other, (struct lw_correction){.record = "r1", .lane = "L"}, LW_EINVAL,
                  "policy us-land-exit does not let the role privacy correct");
    CHECK(ask(p, "SELECT count(*) FROM record") == 2);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(people_get_their_own_data_and_nobody_elses),
    STORE_TEST(who_may_not_or_does_not_say_why_gets_nothing),
    STORE_TEST(erasing_takes_one_person_and_leaves_the_others),
    STORE_TEST(what_the_policy_keeps_is_not_erased_on_request),
    STORE_TEST(a_corrected_class_shortens_what_the_old_record_keeps),
    STORE_TEST(who_was_not_me_is_referred_and_serves_no_more),
    STORE_TEST(what_makes_no_sense_is_not_corrected),
};
RUN_TESTS(tests)
