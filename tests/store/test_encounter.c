#include "entries.h"

#include <math.h>

#include "store/encounter.h"

/* The noncitizen of make_crossing, seat 1R: a chip that is authentic, and matched. */
enum { WHO = 1 };

static struct crossing *authentic_crossing(const char *id, int64_t closed_utc_us, float quality)
{
    struct crossing *c = make_crossing(id, closed_utc_us);
    c->rec.bundle.documents[1].kind = LW_DOCUMENT_LDS;
    c->entry.portrait[WHO] = (struct lw_store_portrait){.given = true, .score = 0.6f};
    for (size_t i = 0; i < c->entry.n_blobs; i++)
        c->blobs[i].quality = quality;
    return c;
}

static void put_and_free(struct lw_store *s, struct crossing *c)
{
    struct lw_why why = {0};
    if (lw_store_put_entry(s, &c->entry, &why) < 0)
        fail_msg("%s", why.text);
    free(c);
}

static void put_authentic(struct lw_store *s, const char *id, float quality)
{
    put_and_free(s, authentic_crossing(id, lw_now_utc_us(), quality));
}

/* What a later crossing is answered that presents document 1 of make_crossing. */
static struct lw_encounters find(struct lw_store *s, const char *number, uint32_t kinds)
{
    struct crossing *c = make_crossing("later", lw_now_utc_us());
    struct lw_encounters e;
    struct lw_why why = {0};
    struct lw_encounter_claim claim = {.bundle = &c->rec.bundle,
                                       .document = 1,
                                       .identified = {.issuer = "D"},
                                       .kinds = kinds,
                                       .max = LW_ENCOUNTERS_MAX};
    snprintf(claim.identified.number, sizeof(claim.identified.number), "%s", number);
    if (lw_store_encounters_find(s, &claim, &e, &why) < 0)
        fail_msg("%s", why.text);
    free(c);
    return e;
}

enum { PHOTOS = 1u << LW_ITEM_PHOTO, BOTH = PHOTOS | 1u << LW_ITEM_TEMPLATE };

static size_t count_found(struct lw_store *s, const char *number)
{
    struct lw_encounters e = find(s, number, BOTH);
    size_t n = e.n;
    lw_encounters_wipe(&e);
    return n;
}

static void a_later_crossing_finds_what_was_kept_of_the_same_document(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    put_authentic(s, "r1", 70);
    struct lw_encounters e = find(s, "C01X00T47", BOTH);
    CHECK(e.n == 2 && e.refused == 0);
    for (size_t i = 0; i < 2; i++) {
        bool photo = e.v[i].kind == LW_ITEM_PHOTO;
        CHECK(e.v[i].bytes.n == (photo ? PHOTO_BYTES : 24) && e.v[i].quality == 70);
        CHECK(memcmp(e.v[i].bytes.data, photo ? "the face of BBB" : "a template of 5", 15) == 0);
    }
    lw_encounters_wipe(&e);
    e = find(s, "C01X00T47", PHOTOS);
    CHECK(e.n == 1 && e.v[0].kind == LW_ITEM_PHOTO);
    lw_encounters_wipe(&e);
    CHECK(ask(p, "SELECT count(*) FROM audit WHERE action = 'compare' AND"
                 " subject = '01KG9H2PD1JQME40KXFDEP2DRB' AND detail LIKE 'references=%'") == 2);
}

static void another_document_finds_nothing_and_leaves_no_entry(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    put_authentic(s, "r1", 70);
    CHECK(count_found(s, "C01X00T48") == 0 && count_found(s, "") == 0);
    CHECK(ask(p, "SELECT count(*) FROM audit WHERE action = 'compare'") == 0);
    CHECK(!files_hold(p, "C01X00T47", 9));
}

/* Each takes one condition away from what may serve. */
static void not_verified(struct crossing *c)
{
    c->rec.outcome.occupants[WHO].decision = LW_REFERRAL;
    c->rec.outcome.occupants[WHO].document = -1;
    c->rec.outcome.occupants[WHO].reasons = 1u << LW_REASON_MISMATCH;
    c->rec.outcome.documents[1].status = LW_DOC_MISMATCH;
}
static void not_authentic(struct crossing *c)
{
    c->entry.documents[1].authentic = false;
}
static void no_chip(struct crossing *c)
{
    c->rec.bundle.documents[1].kind = LW_DOCUMENT_IMAGE;
}
static void no_number(struct crossing *c)
{
    c->entry.documents[1].number[0] = '\0';
}
static void no_evidence(struct crossing *c)
{
    c->entry.portrait[WHO].given = false;
}
static void verified_by_earlier_references_only(struct crossing *c)
{
    c->entry.portrait[WHO].score = c->rec.outcome.threshold - 0.01f;
}
static void evidence_is_not_a_number(struct crossing *c)
{
    c->entry.portrait[WHO].score = NAN;
}
static void a_citizen(struct crossing *c)
{
    c->rec.bundle.documents[1].person_class = LW_CLASS_CITIZEN;
}
static void a_correction(struct crossing *c)
{
    strcpy(c->rec.corrects, "r0");
}

static void an_impostors_photo_never_enters(void **state)
{
    static const struct {
        void (*spoil)(struct crossing *c);
        const char *obstacle;
    } offences[] = {
        {not_verified, "the person was not verified"},
        {not_authentic, "the document is not known to be authentic"},
        {no_chip, "the document is not known to be authentic"},
        {no_number, "the document's issuer or number is not known"},
        {no_evidence, "the document's own portrait does not verify the person"},
        {verified_by_earlier_references_only,
         "the document's own portrait does not verify the person"},
        {evidence_is_not_a_number, "the document's own portrait does not verify the person"},
        {a_citizen, "the policy does not let it serve"},
        {a_correction, "a correction is no encounter"},
    };
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "r0", lw_now_utc_us());
    struct lw_policy policy;
    LW_AUTO_MEM(uint8_t) text = NULL;
    size_t n = 0;
    CHECK(lw_file_read("policies/us-land-exit.json", LW_MIB, &text, &n, NULL) == LW_OK);
    CHECK(lw_policy_parse(&policy, (struct lw_span){.data = text, .n = n}, NULL) == LW_OK);
    for (size_t i = 0; i < LW_COUNT(offences); i++) {
        char id[16];
        snprintf(id, sizeof(id), "bad%zu", i);
        struct crossing *c = authentic_crossing(id, lw_now_utc_us(), 99);
        assert_null(lw_encounter_obstacle(&policy, &c->entry, WHO));
        offences[i].spoil(c);
        assert_string_equal(lw_encounter_obstacle(&policy, &c->entry, WHO), offences[i].obstacle);
        put_and_free(s, c);
        assert_int_equal(ask(p, "SELECT count(*) FROM encounter"), 0);
    }
    print_message("# 0 of %zu ways in taken by an impostor's photo\n", LW_COUNT(offences));
}

static void only_the_best_of_each_kind_are_kept(void **state)
{
    const struct place *p = *state;
    char id[16];
    LW_AUTO_STORE s = open_store(p);
    for (int i = 0; i < 12; i++) {
        snprintf(id, sizeof(id), "r%d", i);
        put_authentic(s, id, (float)(40 + i * 7 % 12));
    }
    CHECK(ask(p, "SELECT count(*) FROM encounter WHERE kind = 'photo'") == LW_ENCOUNTERS_KEPT);
    CHECK(ask(p, "SELECT count(*) FROM encounter WHERE kind = 'template'") == LW_ENCOUNTERS_KEPT);
    CHECK(ask(p, "SELECT min(quality) FROM encounter") == 44);
    struct lw_encounters e = find(s, "C01X00T47", PHOTOS);
    CHECK(e.n == LW_ENCOUNTERS_KEPT && e.v[0].quality == 51 && e.v[7].quality == 44);
    lw_encounters_wipe(&e);
    CHECK(verify_store(p).blobs == 60); /* the records keep their photos */
}

static void one_crossing_does_not_fill_the_places(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    struct crossing *c = authentic_crossing("r1", lw_now_utc_us(), 50);
    c->entry.n_blobs = 0;
    for (int i = 0; i < 5; i++) {
        add_blob(c, LW_ITEM_PHOTO, WHO, c->photo[1], PHOTO_BYTES);
        c->blobs[i].quality = (float)(60 + i);
    }
    put_and_free(s, c);
    CHECK(ask(p, "SELECT count(*) * 1000 + sum(quality) FROM encounter") == 2000 + 63 + 64);
}

static void a_policy_that_says_no_today_is_obeyed(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    put_authentic(s, "r1", 70);
    lw_store_close(&s);
    s = open_as(p, "default", NULL);
    CHECK(count_found(s, "C01X00T47") == 0);
    lw_store_close(&s);
    CHECK(lw_store_open(&s, p->store, NULL, NULL) == LW_OK); /* without any policy */
    CHECK(count_found(s, "C01X00T47") == 0);
}

static void who_opts_out_today_is_not_compared_with_what_was_kept(void **state)
{
    const struct place *p = *state;
    struct lw_encounters e;
    LW_AUTO_STORE s = open_store(p);
    put_authentic(s, "r1", 70);
    struct crossing *c = make_crossing("later", lw_now_utc_us());
    struct lw_encounter_claim claim = {.bundle = &c->rec.bundle,
                                       .document = 1,
                                       .identified = {.issuer = "D", .number = "C01X00T47"},
                                       .kinds = BOTH,
                                       .max = 4};
    CHECK(lw_store_encounters_find(s, &claim, &e, NULL) == LW_OK && e.n == 2);
    lw_encounters_wipe(&e);
    c->rec.bundle.documents[1].opted_out = true;
    CHECK(lw_store_encounters_find(s, &claim, &e, NULL) == LW_OK && e.n == 0);
    claim.document = 2; /* not in the manifest */
    CHECK(lw_store_encounters_find(s, &claim, &e, NULL) == LW_EINVAL);
    claim.document = 1;
    claim.max = LW_ENCOUNTERS_MAX + 1;
    CHECK(lw_store_encounters_find(s, &claim, &e, NULL) == LW_EINVAL);
    claim.max = 1;
    claim.kinds = 1u << LW_ITEM_FIELDS;
    CHECK(lw_store_encounters_find(s, &claim, &e, NULL) == LW_EINVAL);
    free(c);
}

static void references_go_with_their_owners_due_date(void **state)
{
    const struct place *p = *state;
    int64_t now = lw_now_utc_us();
    LW_AUTO_STORE s = open_store(p);
    put_authentic(s, "old", 90);
    put_authentic(s, "r1", 70);
    by_hand(p,
            "UPDATE blob SET due_utc_us = 1 WHERE record = 3;" /* what holds is the blob's */
            "UPDATE blob_key SET due_utc_us = 1 WHERE blob IN (SELECT seq FROM blob WHERE"
            " record = 3)",
            SQLITE_OK);
    CHECK(ask(p, "SELECT count(*) FROM encounter") == 4);
    CHECK(count_found(s, "C01X00T47") == 2); /* past its time it is not used, purged or not */
    struct lw_purge_report r = purge_at(s, now);
    lw_strbuf_clear(&r.certificate);
    CHECK(ask(p, "SELECT count(*) FROM encounter") == 2);
    CHECK(count_found(s, "C01X00T47") == 2);
    const struct lw_purge_opts far = {.now_utc_us = now + 76 * TEST_YEAR, .clock_is_right = true};
    CHECK(lw_store_purge(s, &far, &r, NULL) == LW_OK);
    lw_strbuf_clear(&r.certificate);
    CHECK(ask(p, "SELECT count(*) FROM encounter") == 0);
    verify_store(p);
}

static void a_correction_takes_the_references_back(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    put_authentic(s, "r1", 70);
    put_authentic(s, "r2", 71);
    struct crossing *c = make_crossing("r3", lw_now_utc_us());
    strcpy(c->rec.corrects, "r1");
    c->entry.n_blobs = 0;
    put_and_free(s, c);
    struct lw_encounters e = find(s, "C01X00T47", BOTH);
    CHECK(e.n == 2 && e.v[0].quality == 71);
    lw_encounters_wipe(&e);
}

/* With the file in hand, but not its keys. */
static void references_put_there_by_hand_are_not_handed_out(void **state)
{
    const struct place *p = *state;
    struct lw_verify_report v;
    LW_AUTO_STORE s = open_store(p);
    put_authentic(s, "r1", 70);
    by_hand(p,
            "INSERT INTO encounter SELECT e.identity, 'photo', 100, blob.seq, e.record, blob.n,"
            " e.policy, e.due_utc_us, e.proof FROM blob JOIN encounter AS e ON e.kind = 'photo'"
            " WHERE blob.kind = 'photo' AND occupant = 2",
            SQLITE_OK);
    struct lw_encounters e = find(s, "C01X00T47", BOTH);
    CHECK(e.n == 2 && e.refused == 1 && e.v[0].quality == 70);
    lw_encounters_wipe(&e);
    CHECK(lw_store_verify(&v, p->store, NULL, NULL) == LW_OK && v.n_findings == 1);
    assert_string_equal(lw_strbuf_peek(&v.findings),
                        "blob 3 serves as a reference, and this store did not enter it\n");
    lw_strbuf_clear(&v.findings);
}

static void a_linked_document_finds_the_others_references(void **state)
{
    const struct place *p = *state;
    const struct lw_actor boss = {.name = "a.boss", .role = LW_ROLE_SUPERVISOR};
    const struct lw_store_document old = {.issuer = "D", .number = "C01X00T47", .authentic = true};
    const struct lw_store_document new = {.issuer = "D", .number = "C99NEW", .authentic = true};
    struct lw_store_document copied = new;
    struct lw_why why = {0};
    LW_AUTO_STORE s = open_as(p, "us-land-exit", &boss);
    CHECK(lw_store_encounter_link(s, &new, &old, "renewed", &why) == LW_ENOTFOUND);
    put_authentic(s, "r1", 70);
    CHECK(lw_store_encounter_link(s, &new, &old, "", &why) == LW_EINVAL);
    CHECK(lw_store_encounter_link(s, &new, &new, "renewed", &why) == LW_EINVAL);
    copied.authentic = false;
    CHECK(lw_store_encounter_link(s, &copied, &old, "renewed", &why) == LW_EINVAL);
    assert_string_equal(why.text, "both documents have to be authentic");
    CHECK(count_found(s, "C99NEW") == 0);
    CHECK(lw_store_encounter_link(s, &new, &old, "renewed passport", &why) == LW_OK);
    CHECK(lw_store_encounter_link(s, &old, &new, "again", &why) == LW_OK);
    CHECK(count_found(s, "C99NEW") == 2 && count_found(s, "C01X00T47") == 2);
    CHECK(ask(p, "SELECT count(*) FROM encounter_link") == 2);
    CHECK(ask(p, "SELECT count(*) FROM audit WHERE action = 'link' AND"
                 " detail = 'ground=renewed passport'") == 1);
    by_hand(p, "UPDATE encounter_link SET proof = zeroblob(32)", SQLITE_OK);
    CHECK(count_found(s, "C99NEW") == 0);
    lw_store_close(&s);
    s = open_store(p); /* an operator may not */
    CHECK(lw_store_encounter_link(s, &new, &old, "renewed", &why) == LW_EINVAL);
    assert_string_equal(why.text, "the policy does not let the role operator link documents");
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(a_later_crossing_finds_what_was_kept_of_the_same_document),
    STORE_TEST(another_document_finds_nothing_and_leaves_no_entry),
    STORE_TEST(an_impostors_photo_never_enters),
    STORE_TEST(only_the_best_of_each_kind_are_kept),
    STORE_TEST(one_crossing_does_not_fill_the_places),
    STORE_TEST(a_policy_that_says_no_today_is_obeyed),
    STORE_TEST(who_opts_out_today_is_not_compared_with_what_was_kept),
    STORE_TEST(references_go_with_their_owners_due_date),
    STORE_TEST(a_correction_takes_the_references_back),
    STORE_TEST(references_put_there_by_hand_are_not_handed_out),
    STORE_TEST(a_linked_document_finds_the_others_references),
};
RUN_TESTS(tests)
