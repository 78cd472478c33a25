#include "store/export_records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypt/digest.h"
#include "store/blob.h"
#include "store/ranges.h"

enum { BATCH = 200 };

struct run {
    struct lw_store *s;
    const struct lw_export_query *query;
    int64_t now, until;
    lw_export_fn fn;
    void *ctx;
    struct lw_export_report *report;
    struct lw_ranges handed_out; /* record.seq */
    int64_t policy_seq;          /* of the policy that is parsed */
    struct lw_policy policy;
    struct lw_record record;
    size_t n_photos;
    struct lw_export_photo photos[LW_STORE_BLOBS_MAX];
};

/* --- may it go out? --- */

static int take_policy(struct run *run, int64_t seq, struct lw_why *why)
{
    sqlite3_stmt *st;
    if (seq == run->policy_seq)
        return LW_OK;
    int r = lw_sql_begin(&run->s->q, why, &st, "SELECT text FROM policy WHERE seq = ?",
                         LW_BIND(LW_I(seq)));
    if (r < 0 || (r = lw_sql_next(&run->s->q, st, why)) < 0)
        return r;
    r = r == 0 ? lw_why_set(why, LW_EFORMAT, -1, "a record is under no policy")
               : lw_policy_parse(&run->policy, lw_sql_bytes(st, 0), why);
    lw_sql_done(st);
    if (r == LW_OK)
        run->policy_seq = seq;
    return r;
}

static bool reads(const struct run *run, const struct lw_policy_rule *rule, enum lw_item item)
{
    return rule->readers[item] & (1u << run->s->actor.role);
}

/* A record names everybody who was in the vehicle. */
static bool may_go_out(const struct run *run)
{
    const struct lw_record *rec = &run->record;
    if (!(run->policy.exporters & (1u << run->s->actor.role)))
        return false;
    for (size_t i = 0; i < rec->outcome.n_occupants; i++)
        if (!reads(run, lw_policy_occupant(&run->policy, rec, i), LW_ITEM_DECISION))
            return false;
    for (size_t i = 0; i < rec->outcome.n_documents; i++)
        if (!reads(run, lw_policy_document(&run->policy, rec, i), LW_ITEM_DECISION))
            return false;
    return true;
}

/* --- photos --- */

static void wipe_photos(struct run *run)
{
    for (size_t i = 0; i < run->n_photos; i++) {
        uint8_t *bytes = (uint8_t *)(uintptr_t)run->photos[i].bytes.data;
        lw_wipe(bytes, run->photos[i].bytes.n);
        free(bytes);
    }
    run->n_photos = 0;
}

/* columns: LW_BLOB_COLUMNS, sealed, occupant, quality */
static int open_photo(struct run *run, sqlite3_stmt *st, struct lw_why *why)
{
    struct lw_blob_row row;
    uint8_t *bytes = NULL;
    const int occupant = sqlite3_column_int(st, 9);
    lw_blob_read_row(&row, st);
    if (occupant < 0 || (size_t)occupant >= run->record.outcome.n_occupants || !row.has_key ||
        !reads(run, lw_policy_occupant(&run->policy, &run->record, (size_t)occupant),
               LW_ITEM_PHOTO))
        return LW_OK;
    const struct lw_blob_place at = lw_blob_place_of(&run->s->identity, &row);
    const struct lw_span sealed = lw_sql_bytes(st, 8);
    int r = lw_blob_open(run->s->keys, &at, &row.key, sealed, &bytes, why);
    if (r == LW_ENOTFOUND)
        return LW_OK; /* erased: its wrapping key is gone */
    if (r < 0)
        return r;
    run->photos[run->n_photos++] =
        (struct lw_export_photo){.occupant = occupant,
                                 .quality = (float)sqlite3_column_double(st, 10),
                                 .bytes = {.data = bytes, .n = sealed.n - LW_SEAL_EXTRA}};
    return LW_OK;
}

static int open_photos(struct run *run, int64_t record, struct lw_why *why)
{
    sqlite3_stmt *st;
    int r =
        lw_sql_begin(&run->s->q, why, &st,
                     "SELECT " LW_BLOB_COLUMNS ", sealed, occupant, quality FROM " LW_BLOB_TABLES
                     " WHERE blob.record = ? AND kind = 'photo' AND blob.due_utc_us > ?"
                     " ORDER BY occupant, quality DESC LIMIT ?",
                     LW_BIND(LW_I(record), LW_I(run->now), LW_I(LW_STORE_BLOBS_MAX)));
    while (r == 0 && (r = lw_sql_next(&run->s->q, st, why)) == 1)
        if ((r = open_photo(run, st, why)) < 0)
            lw_sql_done(st);
    return r;
}

/* --- records --- */

/* columns: seq, bytes, policy, bytes_due_utc_us */
static int hand_out(struct run *run, sqlite3_stmt *st, struct lw_why *why)
{
    const int64_t seq = sqlite3_column_int64(st, 0);
    struct lw_export_item item = {
        .record = &run->record, .bytes = lw_sql_bytes(st, 1), .photos = run->photos};
    if (item.bytes.n == 0 || sqlite3_column_int64(st, 3) <= run->now) {
        run->report->purged++;
        return LW_OK;
    }
    int r = take_policy(run, sqlite3_column_int64(st, 2), why);
    if (r < 0 || (r = lw_record_parse(&run->record, item.bytes, why)) < 0)
        return r;
    if (!may_go_out(run)) {
        run->report->withheld++;
        return LW_OK;
    }
    if (run->report->records == LW_EXPORT_RECORDS_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "more than %d records: ask for less time",
                          LW_EXPORT_RECORDS_MAX);
    if (run->query->photos && (r = open_photos(run, seq, why)) < 0)
        return r;
    item.n_photos = run->n_photos;
    if ((r = lw_ranges_add(&run->handed_out, seq, seq)) < 0)
        return lw_why_set(why, r, -1, "no memory");
    run->report->records++;
    run->report->photos += (int64_t)run->n_photos;
    return run->fn(run->ctx, &item, why);
}

/* In pieces, so that no read transaction keeps the log from being emptied for long. Returns how
 * many rows there were. */
static int hand_out_some(struct run *run, int64_t *last, struct lw_why *why)
{
    sqlite3_stmt *st;
    int n = 0;
    int r = lw_sql_begin(
        &run->s->q, why, &st,
        "SELECT seq, bytes, policy, bytes_due_utc_us FROM record WHERE seq > ?"
        " AND closed_utc_us >= ? AND closed_utc_us < ? ORDER BY seq LIMIT ?",
        LW_BIND(LW_I(*last), LW_I(run->query->since_utc_us), LW_I(run->until), LW_I(BATCH)));
    while (r == 0 && (r = lw_sql_next(&run->s->q, st, why)) == 1) {
        *last = sqlite3_column_int64(st, 0);
        n++;
        r = hand_out(run, st, why);
        wipe_photos(run);
        if (r < 0)
            lw_sql_done(st);
    }
    return r < 0 ? r : n;
}

/* --- entries --- */

static int note_begin(struct run *run, struct lw_why *why)
{
    char text[LW_EXPORT_GROUND_MAX + 128], since[LW_TIME_TEXT], until[LW_TIME_TEXT];
    lw_time_print(since, run->query->since_utc_us);
    lw_time_print(until, run->until);
    snprintf(text, sizeof(text), "begins, since=%s until=%s photos=%s ground=%s", since, until,
             run->query->photos ? "yes" : "no", run->query->ground);
    return lw_store_audit(run->s, "export", run->report->run, text, why);
}

/* Whoever asks later which record went out finds it here. */
static int note_records(struct run *run, struct lw_why *why)
{
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    lw_strbuf_printf(&text, "photos=%jd withheld=%jd records ", (intmax_t)run->report->photos,
                     (intmax_t)run->report->withheld);
    if (run->handed_out.n == 0)
        lw_strbuf_puts(&text, "none");
    lw_ranges_settle(&run->handed_out);
    lw_ranges_print(&text, &run->handed_out);
    int r = lw_strbuf_err(&text);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory");
    if ((r = lw_store_begin(run->s, why)) < 0)
        return r;
    return lw_store_finish(
        run->s, lw_store_note(run->s, "export", run->report->run, lw_strbuf_peek(&text), why), why);
}

/* --- the whole --- */

/* Does any policy that something was kept under let the role export? Otherwise nothing is begun. */
static int check_role(struct run *run, struct lw_why *why)
{
    sqlite3_stmt *st;
    bool may = false;
    int r = lw_sql_begin(&run->s->q, why, &st, "SELECT text FROM policy", LW_BIND_NONE);
    while (r == 0 && (r = lw_sql_next(&run->s->q, st, why)) == 1) {
        r = lw_policy_parse(&run->policy, lw_sql_bytes(st, 0), why);
        may = may || (r == LW_OK && run->policy.exporters & (1u << run->s->actor.role));
        if (r < 0)
            lw_sql_done(st);
    }
    if (r < 0 || may)
        return r;
    return lw_why_set(why, LW_EINVAL, -1, "no policy of this store lets the role %s export",
                      lw_role_name(run->s->actor.role));
}

static int check_query(const struct run *run, struct lw_why *why)
{
    if (!lw_store_is_ground(run->query->ground, LW_EXPORT_GROUND_MAX))
        return lw_why_set(why, LW_EINVAL, -1, "an export needs its legal ground, 1 to %d bytes",
                          LW_EXPORT_GROUND_MAX);
    if (run->until <= run->query->since_utc_us)
        return lw_why_set(why, LW_EINVAL, -1, "the time ends before it begins");
    return LW_OK;
}

static int export_all(struct run *run, struct lw_why *why)
{
    uint8_t random[10];
    int64_t last = 0;
    int r = check_query(run, why);
    if (r < 0 || (r = check_role(run, why)) < 0)
        return r;
    if (lw_random_bytes(random, sizeof(random)) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no random bytes");
    lw_ulid_print(run->report->run, run->now, random);
    if ((r = note_begin(run, why)) < 0)
        return r;
    while ((r = hand_out_some(run, &last, why)) > 0)
        ;
    return r < 0 ? r : note_records(run, why);
}

int lw_store_export_records(struct lw_store *s, const struct lw_export_query *query,
                            lw_export_fn fn, void *ctx, struct lw_export_report *out,
                            struct lw_why *why)
{
    struct lw_export_report report = {.records = 0};
    LW_AUTO_MEM(struct run) run = calloc(1, sizeof(*run));
    if (!run)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    run->s = s;
    run->query = query;
    run->fn = fn;
    run->ctx = ctx;
    run->report = &report;
    run->now = lw_now_utc_us();
    run->until = query->until_utc_us ? query->until_utc_us : run->now;
    int r = export_all(run, why);
    lw_ranges_clear(&run->handed_out);
    if (r < 0)
        return r;
    *out = report;
    return LW_OK;
}

int lw_store_export_end(struct lw_store *s, const struct lw_export_report *report,
                        struct lw_span handed_out, struct lw_why *why)
{
    char text[96 + LW_SHA256_HEX], hex[LW_SHA256_HEX];
    if (lw_sha256_hex(hex, handed_out) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no digest");
    snprintf(text, sizeof(text), "ends, records=%jd bytes=%zu sha256=%s", (intmax_t)report->records,
             handed_out.n, hex);
    return lw_store_audit(s, "export", report->run, text, why);
}
