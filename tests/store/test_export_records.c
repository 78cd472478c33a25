#include "entries.h"

#include "store/export_records.h"

static const struct lw_actor privacy = {
    .name = "p.officer", .role = LW_ROLE_PRIVACY, .purpose = "request 7"};

struct seen {
    int n;
    size_t photos;
    char ids[256];
};

static int see(void *ctx, const struct lw_export_item *item, struct lw_why *why)
{
    struct seen *s = ctx;
    struct lw_record back;
    CHECK(lw_record_parse(&back, item->bytes, why) == LW_OK);
    assert_string_equal(back.id, item->record->id);
    for (size_t i = 0; i < item->n_photos; i++)
        CHECK(item->photos[i].bytes.n == PHOTO_BYTES &&
              memcmp(item->photos[i].bytes.data, "the face of ", 12) == 0);
    snprintf(s->ids + strlen(s->ids), sizeof(s->ids) - strlen(s->ids), "%s%s", s->n ? "," : "",
             back.id);
    s->photos += item->n_photos;
    s->n++;
    return LW_OK;
}

static void put_noncitizens(struct lw_store *s, const char *id, int64_t closed)
{
    struct lw_why why = {0};
    struct crossing *c = make_crossing(id, closed);
    c->rec.bundle.documents[0].person_class = LW_CLASS_NONCITIZEN;
    if (lw_store_put_entry(s, &c->entry, &why) < 0)
        fail_msg("%s", why.text);
    free(c);
}

static void records_go_out_with_a_ground_a_role_and_entries(void **state)
{
    const struct place *p = *state;
    struct seen seen = {.n = 0};
    struct lw_export_report r;
    struct lw_why why = {0};
    int64_t now = lw_now_utc_us();
    LW_AUTO_STORE s = open_as(p, "us-land-exit", &privacy);
    put_crossing(s, "r1", now - 3 * TEST_HOUR);
    put_crossing(s, "r2", now - 2 * TEST_HOUR);
    put_crossing(s, "r3", now - TEST_HOUR);
    const struct lw_export_query q = {
        .since_utc_us = now - 2 * TEST_HOUR - 1000000, .ground = "order 12/2026", .photos = true};
    if (lw_store_export_records(s, &q, see, &seen, &r, &why) < 0)
        fail_msg("%s", why.text);
    assert_string_equal(seen.ids, "r2,r3");
    CHECK(r.records == 2 && r.withheld == 0 && r.purged == 0 && r.photos == (int64_t)seen.photos);
    /* the citizen's photos are for officers and supervisors alone, the noncitizen's for privacy */
    CHECK(r.photos == 2);
    const struct lw_span out = {.data = (const uint8_t *)"abc", .n = 3};
    CHECK(lw_store_export_end(s, &r, out, &why) == LW_OK);
    CHECK(ask(p, "SELECT group_concat(detail, '|') LIKE 'begins, since=% photos=yes ground=order "
                 "12/2026|photos=2 withheld=0 records 4-5|ends, records=2 bytes=3 sha256="
                 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'"
                 " FROM (SELECT detail FROM audit WHERE action = 'export' AND actor = 'p.officer'"
                 " AND role = 'privacy' AND purpose = 'request 7' ORDER BY seq)") == 1);
    CHECK(verify_store(p).audit.intact);
}

static void without_a_ground_or_a_role_nothing_goes_out(void **state)
{
    const struct place *p = *state;
    struct seen seen = {.n = 0};
    struct lw_export_report r;
    struct lw_why why = {0};
    struct lw_export_query q = {.ground = ""};
    LW_AUTO_STORE s = open_as(p, "us-land-exit", &privacy);
    put_crossing(s, "r1", lw_now_utc_us() - TEST_HOUR);
    CHECK(lw_store_export_records(s, &q, see, &seen, &r, &why) == LW_EINVAL);
    assert_string_equal(why.text, "an export needs its legal ground, 1 to 200 bytes");
    q.ground = "   ";
    CHECK(lw_store_export_records(s, &q, see, &seen, &r, &why) == LW_EINVAL);
    q.ground = "order";
    q.until_utc_us = q.since_utc_us = 5;
    CHECK(lw_store_export_records(s, &q, see, &seen, &r, &why) == LW_EINVAL);
    lw_store_close(&s);
    for (enum lw_role role = 0; role < LW_ROLES; role++) {
        const struct lw_actor who = {.name = "somebody", .role = role};
        if (role == LW_ROLE_PRIVACY)
            continue;
        s = open_as(p, "us-land-exit", &who);
        q = (struct lw_export_query){.ground = "order"};
        CHECK(lw_store_export_records(s, &q, see, &seen, &r, &why) == LW_EINVAL);
        assert_non_null(strstr(why.text, "no policy of this store lets the role"));
        lw_store_close(&s);
    }
    CHECK(seen.n == 0 && ask(p, "SELECT count(*) FROM audit WHERE action = 'export'") == 0);
}

static void purged_and_overdue_records_stay_in(void **state)
{
    const struct place *p = *state;
    struct seen seen = {.n = 0};
    struct lw_export_report r;
    int64_t now = lw_now_utc_us();
    LW_AUTO_STORE s = open_as(p, "us-land-exit", &privacy);
    put_crossing(s, "overdue", now - 25 * TEST_HOUR); /* a citizen's decision is kept for a day */
    put_noncitizens(s, "kept", now - 25 * TEST_HOUR);
    const struct lw_export_query q = {.ground = "order"};
    CHECK(lw_store_export_records(s, &q, see, &seen, &r, NULL) == LW_OK);
    /* in "kept" a third person is nobody we know: as strict as a citizen */
    CHECK(r.records == 0 && r.purged == 2 && seen.n == 0);
    CHECK(ask(p, "SELECT count(*) FROM audit WHERE detail = 'photos=0 withheld=0 records none'") ==
          1);
}

static int refuse(void *ctx, const struct lw_export_item *item, struct lw_why *why)
{
    LW_UNUSED(ctx);
    return lw_why_set(why, LW_EIO, -1, "no room for %s", item->record->id);
}

static void a_caller_that_fails_ends_it(void **state)
{
    const struct place *p = *state;
    struct lw_export_report r;
    struct lw_why why = {0};
    LW_AUTO_STORE s = open_as(p, "us-land-exit", &privacy);
    put_crossing(s, "r1", lw_now_utc_us() - TEST_HOUR);
    put_crossing(s, "r2", lw_now_utc_us() - TEST_HOUR);
    const struct lw_export_query q = {.ground = "order"};
    CHECK(lw_store_export_records(s, &q, refuse, NULL, &r, &why) == LW_EIO);
    assert_string_equal(why.text, "no room for r1");
    put_crossing(s, "r3", lw_now_utc_us()); /* and the store goes on working */
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(records_go_out_with_a_ground_a_role_and_entries),
    STORE_TEST(without_a_ground_or_a_role_nothing_goes_out),
    STORE_TEST(purged_and_overdue_records_stay_in),
    STORE_TEST(a_caller_that_fails_ends_it),
};
RUN_TESTS(tests)
