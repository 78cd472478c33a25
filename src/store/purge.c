/* Retention. Everything has a due time from its policy; a run erases what is due, in this order:
 *
 *   1. the keys of blobs: from here on nobody can read them;
 *   2. the sealed bytes;
 *   3. decisions about people, first occupants, then documents;
 *   4. the bytes of records one of whose people is due, and the rows of records all of whose are.
 *
 * Each step is a transaction of a few milliseconds with an audit entry that lists its rows, so that
 * a writer never waits long, an interrupted run has erased what it says, and the next run goes on
 * where it ended. How many rows that is the run finds out: what a row costs depends on how many
 * pages it and its index entries lie in, and most of the time goes into the commit, which writes
 * them. The log is moved into the file between steps, before other programs would have to do it.
 * At the end the wrapping keys of past periods are destroyed and the log is emptied.
 */
#include "store/purge.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "crypt/hex.h"
#include "store/inside.h"
#include "store/ranges.h"
#include "store/signed.h"

enum { STEP_ROWS = 400, FIRST_ROWS = 32, STEP_BYTES = 512 * 1024, LOG_PAGES = 500 };
#define STEP_NS (5 * LW_MS) /* that a writer should wait for a step, its commit included */

struct run {
    struct lw_store *s;
    int64_t now;
    unsigned pause_ms;
    size_t rows; /* of the next step, 1..STEP_ROWS */
    char id[LW_ULID_TEXT];
    bool begun; /* its first audit entry is there */
    int64_t first_entry;
    struct lw_purge_report *report;
};

/* A jump stays suspicious until somebody says that the clock is right: crossings that were written
 * meanwhile look as if nothing had happened. */
static int find_jump(struct lw_store *s, int64_t *seq, struct lw_why *why)
{
    sqlite3_stmt *st;
    *seq = 0;
    int r = lw_sql_begin(&s->q, why, &st,
                         "SELECT seq, action = 'clock_jump' FROM audit"
                         " WHERE action IN ('clock', 'clock_jump') ORDER BY seq DESC LIMIT 1",
                         LW_BIND_NONE);
    if (r < 0 || (r = lw_sql_next(&s->q, st, why)) <= 0)
        return r;
    if (sqlite3_column_int64(st, 1))
        *seq = sqlite3_column_int64(st, 0);
    lw_sql_done(st);
    return LW_OK;
}

static int check_clock(struct lw_store *s, int64_t now, bool trusted, bool dry, struct lw_why *why)
{
    char is[LW_TIME_TEXT], was[LW_TIME_TEXT], text[128];
    int64_t last = 0, jump = 0;
    int r = lw_sql_int(&s->q, why, &last, "SELECT utc_us FROM audit_end", LW_BIND_NONE);
    if (r < 0 || (r = find_jump(s, &jump, why)) < 0)
        return r;
    const bool jumped = lw_audit_clock_jumped(last, now);
    if (!jumped && !jump)
        return LW_OK;
    lw_time_print(is, now);
    lw_time_print(was, last);
    if (!trusted && jumped)
        return lw_why_set(why, LW_EINVAL, -1,
                          "the clock says %s, the last audit entry %s: nothing was purged", is,
                          was);
    if (!trusted)
        return lw_why_set(why, LW_EINVAL, -1,
                          "the clock jumped at audit entry %jd and nobody has said that %s is "
                          "right: nothing was purged",
                          (intmax_t)jump, is);
    if (dry)
        return LW_OK;
    snprintf(text, sizeof(text), "now=%s last=%s", is, was);
    return lw_store_audit(s, "clock", s->identity.id, text, why);
}

static int count_due(struct lw_store *s, int64_t now, struct lw_purge_report *out,
                     struct lw_why *why)
{
    struct lw_purge_counts *c = &out->erased;
    sqlite3_stmt *st;
    int r = lw_sql_begin(
        &s->q, why, &st,
        "SELECT (SELECT count(*) FROM blob WHERE due_utc_us <= ?1 AND kind = 'photo'),"
        " (SELECT count(*) FROM blob WHERE due_utc_us <= ?1 AND kind = 'template'),"
        " (SELECT count(*) FROM blob WHERE due_utc_us <= ?1 AND kind = 'fields'),"
        " (SELECT count(*) FROM occupant WHERE due_utc_us <= ?1),"
        " (SELECT count(*) FROM document WHERE due_utc_us <= ?1),"
        " (SELECT count(*) FROM record WHERE bytes_due_utc_us <= ?1 AND length(bytes) > 0),"
        " (SELECT count(*) FROM record WHERE due_utc_us <= ?1),"
        " min((SELECT ifnull(min(due_utc_us), ?1) FROM blob),"
        "     (SELECT ifnull(min(due_utc_us), ?1) FROM record),"
        "     (SELECT ifnull(min(due_utc_us), ?1) FROM occupant),"
        "     (SELECT ifnull(min(due_utc_us), ?1) FROM document)),"
        " max((SELECT ifnull(max(due_utc_us), 0) FROM blob WHERE due_utc_us <= ?1),"
        "     (SELECT ifnull(max(due_utc_us), 0) FROM record WHERE due_utc_us <= ?1),"
        "     (SELECT ifnull(max(due_utc_us), 0) FROM occupant WHERE due_utc_us <= ?1),"
        "     (SELECT ifnull(max(due_utc_us), 0) FROM document WHERE due_utc_us <= ?1))",
        LW_BIND(LW_I(now)));
    if (r < 0 || (r = lw_sql_next(&s->q, st, why)) < 0)
        return r;
    int64_t *const to[] = {&c->photos,    &c->templates, &c->fields, &c->occupants,
                           &c->documents, &c->texts,     &c->records};
    for (size_t i = 0; i < LW_COUNT(to); i++)
        *to[i] = sqlite3_column_int64(st, (int)i);
    if (c->photos + c->templates + c->fields + c->occupants + c->documents + c->records > 0) {
        out->oldest_due_utc_us = sqlite3_column_int64(st, 7);
        out->newest_due_utc_us = sqlite3_column_int64(st, 8);
    }
    lw_sql_done(st);
    return LW_OK;
}

/* --- one step: rows are chosen, erased and listed --- */

struct row {
    int64_t seq, n;
};
struct step {
    size_t n;
    struct row rows[STEP_ROWS];
};

static int choose(struct run *run, struct step *step, const char *select, struct lw_why *why)
{
    sqlite3_stmt *st;
    int64_t bytes = 0;
    step->n = 0;
    int r = lw_sql_begin(&run->s->q, why, &st, select, LW_BIND(LW_I(run->now)));
    while (r == 0 && (r = lw_sql_next(&run->s->q, st, why)) == 1) {
        step->rows[step->n++] =
            (struct row){sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1)};
        bytes += sqlite3_column_int64(st, 2);
        if (step->n == run->rows || bytes >= STEP_BYTES) {
            lw_sql_done(st);
            return LW_OK;
        }
        r = 0;
    }
    return r;
}

/* "what 3-7,9" as the audit entry of a step. */
static int note_rows(struct run *run, const struct step *step, const char *what, struct lw_why *why)
{
    struct lw_ranges ranges = {0};
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    int r = LW_OK;
    for (size_t i = 0; r == LW_OK && i < step->n; i++)
        r = lw_ranges_add(&ranges, step->rows[i].seq, step->rows[i].seq);
    lw_ranges_settle(&ranges);
    lw_strbuf_printf(&text, "%s ", what);
    lw_ranges_print(&text, &ranges);
    lw_ranges_clear(&ranges);
    if (r < 0 || lw_strbuf_err(&text) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    return lw_store_note(run->s, "erase", run->id, lw_strbuf_peek(&text), why);
}

/* The run's first step also says that it began. */
static int begin_step(struct run *run, struct lw_why *why)
{
    char text[64], now[LW_TIME_TEXT];
    int r = lw_store_begin(run->s, why);
    if (r < 0 || run->begun)
        return r;
    lw_time_print(now, run->now);
    snprintf(text, sizeof(text), "begins, due until %s", now);
    r = lw_store_note(run->s, "purge", run->id, text, why);
    if (r == LW_OK)
        r = lw_sql_int(&run->s->q, why, &run->first_entry, "SELECT max(seq) FROM audit",
                       LW_BIND_NONE);
    return r < 0 ? lw_store_finish(run->s, r, why) : LW_OK;
}

/* What one kind of step does. */
struct kind {
    const char *select; /* (seq, n or what, bytes); ?1 is now */
    const char *touch; /* reads what erasing a row will write: its pages and those of its indices */
    const char *erase[2];
    const char *what; /* in the audit entry */
    int64_t *(*counter)(struct lw_purge_counts *c, const struct row *row);
};

/* The rows that there is no time for stay for the next step. */
static int erase_rows(struct run *run, const struct kind *k, struct step *step, struct lw_why *why)
{
    const int64_t start = lw_now_ns();
    int r = LW_OK;
    for (size_t i = 0; r == LW_OK && i < step->n; i++) {
        if (i > 0 && lw_now_ns() - start > STEP_NS)
            step->n = i;
        if (step->n == i)
            break;
        const struct row *row = &step->rows[i];
        for (size_t e = 0; r == LW_OK && e < 2 && k->erase[e]; e++)
            r = lw_sql_run(&run->s->q, why, k->erase[e], LW_BIND(LW_I(row->seq), LW_I(row->n)));
    }
    return r < 0 ? r : note_rows(run, step, k->what, why);
}

/* Pages come from the disk before the store is taken from other writers, not while it is. */
static int touch_rows(struct run *run, const struct kind *k, const struct step *step,
                      struct lw_why *why)
{
    int r = LW_OK;
    for (size_t i = 0; r == LW_OK && i < step->n; i++)
        r = lw_sql_run(&run->s->q, why, k->touch,
                       LW_BIND(LW_I(step->rows[i].seq), LW_I(step->rows[i].n)));
    return r;
}

/* Half as many rows after a step that took too long, a quarter more after a quick one. */
static void set_pace(struct run *run, int64_t held_ns)
{
    if (held_ns > STEP_NS)
        run->rows = run->rows / 2 + 1;
    else if (held_ns < STEP_NS / 2)
        run->rows += run->rows / 4 + 1;
    if (run->rows > STEP_ROWS)
        run->rows = STEP_ROWS;
}

/* One transaction; how long it kept the store from others sets the pace. */
static int do_step(struct run *run, const struct kind *k, struct step *step, struct lw_why *why)
{
    int r = begin_step(run, why);
    const int64_t begun = lw_now_ns();
    if (r < 0)
        return r;
    r = choose(run, step, k->select, why);
    if (r == LW_OK && step->n > 0)
        r = erase_rows(run, k, step, why);
    if ((r = lw_store_finish(run->s, r, why)) < 0)
        return r;
    set_pace(run, lw_now_ns() - begun);
    run->begun = true;
    for (size_t i = 0; k->counter && i < step->n; i++)
        ++*k->counter(&run->report->erased, &step->rows[i]);
    return LW_OK;
}

static int do_steps(struct run *run, const struct kind *k, struct lw_why *why)
{
    struct step step;
    run->rows = FIRST_ROWS;
    for (;;) {
        int r = choose(run, &step, k->select, why); /* a look without a lock: is there anything */
        if (r < 0 || step.n == 0)
            return r;
        if ((r = touch_rows(run, k, &step, why)) < 0 || (r = do_step(run, k, &step, why)) < 0)
            return r;
        lw_sql_shorten_log(&run->s->q, LOG_PAGES);
        usleep(run->pause_ms * 1000);
    }
}

static int64_t *count_blob(struct lw_purge_counts *c, const struct row *row)
{
    return row->n == LW_ITEM_PHOTO      ? &c->photos
           : row->n == LW_ITEM_TEMPLATE ? &c->templates
                                        : &c->fields;
}
static int64_t *count_occupant(struct lw_purge_counts *c, const struct row *row)
{
    LW_UNUSED(row);
    return &c->occupants;
}
static int64_t *count_document(struct lw_purge_counts *c, const struct row *row)
{
    LW_UNUSED(row);
    return &c->documents;
}
static int64_t *count_text(struct lw_purge_counts *c, const struct row *row)
{
    LW_UNUSED(row);
    return &c->texts;
}
static int64_t *count_record(struct lw_purge_counts *c, const struct row *row)
{
    LW_UNUSED(row);
    return &c->records;
}

/* ?2 is there in every statement, though few need it. */
static const struct kind kinds[] = {
    {"SELECT blob, 0, 0 FROM blob_key WHERE due_utc_us <= ?1",
     "SELECT wrapped FROM blob_key WHERE blob = ?1 AND ?2 = 0",
     {"DELETE FROM blob_key WHERE blob = ?1 AND ?2 = 0", NULL},
     "blob keys",
     NULL},
    {"SELECT seq, 0, 0 FROM encounter_link WHERE due_utc_us <= ?1",
     "SELECT proof FROM encounter_link WHERE seq = ?1 AND ?2 = 0",
     {"DELETE FROM encounter_link WHERE seq = ?1 AND ?2 = 0", NULL},
     "links of documents",
     NULL},
    {"SELECT seq, CASE kind WHEN 'photo' THEN 0 WHEN 'template' THEN 1 ELSE 2 END, length(sealed)"
     " FROM blob WHERE due_utc_us <= ?1",
     "SELECT b.sealed, i.n, e.proof FROM blob AS b JOIN blob AS i ON i.record = b.record AND"
     " i.n = b.n LEFT JOIN encounter AS e ON e.blob = b.seq WHERE b.seq = ?1 AND ?2 >= 0",
     {"DELETE FROM blob WHERE seq = ?1 AND ?2 >= 0", NULL},
     "blobs",
     count_blob},
    {"SELECT record, n, 0 FROM occupant WHERE due_utc_us <= ?1",
     "SELECT seat FROM occupant WHERE record = ?1 AND n = ?2",
     {"DELETE FROM occupant WHERE record = ?1 AND n = ?2", NULL},
     "occupants of records",
     count_occupant},
    {"SELECT record, n, 0 FROM document WHERE due_utc_us <= ?1",
     "SELECT d.id, u.id FROM document AS d JOIN document AS u ON u.record = d.record"
     " AND u.id = d.id WHERE d.record = ?1 AND d.n = ?2",
     {"DELETE FROM document WHERE record = ?1 AND n = ?2", NULL},
     "documents of records",
     count_document},
    {"SELECT seq, 0, length(bytes) FROM record WHERE bytes_due_utc_us <= ?1 AND length(bytes) > 0",
     "SELECT bytes FROM record WHERE seq = ?1 AND ?2 = 0",
     {"UPDATE record SET bytes = x'' WHERE seq = ?1 AND ?2 = 0", NULL},
     "bytes of records",
     count_text},
    {"SELECT seq, 0, 0 FROM record WHERE due_utc_us <= ?1",
     "SELECT r.bytes, i.id, o.seq FROM record AS r JOIN record AS i ON i.id = r.id"
     " LEFT JOIN outbox AS o ON o.record = r.seq WHERE r.seq = ?1 AND ?2 = 0",
     {"DELETE FROM outbox WHERE record = ?1 AND ?2 = 0",
      "DELETE FROM record WHERE seq = ?1 AND ?2 = 0"},
     "records",
     count_record},
};

/* --- after the steps --- */

static void put_times(struct lw_strbuf *b, const char *const keys[], const int64_t *times, size_t n)
{
    char text[LW_TIME_TEXT];
    for (size_t i = 0; i < n; i++) {
        lw_time_print(text, times[i]);
        lw_strbuf_printf(b, ",\"%s\":\"%s\"", keys[i], text);
    }
}

static int print_certificate(struct run *run, int64_t started, struct lw_strbuf *b,
                             struct lw_why *why)
{
    static const char *const keys[] = {"started_utc", "finished_utc", "due_until_utc",
                                       "oldest_due_utc", "newest_due_utc"};
    const struct lw_purge_counts *c = &run->report->erased;
    const int64_t times[] = {started, lw_now_utc_us(), run->now, run->report->oldest_due_utc_us,
                             run->report->newest_due_utc_us};
    char hash[LW_SHA256_HEX], key[2 * LW_SIGN_PUBLIC + 1];
    struct lw_keys *k = run->s->keys;
    lw_hex_print(hash, (struct lw_span){.data = run->s->end.hash, .n = sizeof(run->s->end.hash)});
    lw_hex_print(key, (struct lw_span){.data = k->public_key, .n = LW_SIGN_PUBLIC});
    lw_strbuf_printf(b,
                     "{\"format\":\"lanewise-purge-certificate\",\"version\":1,\"store\":\"%s\","
                     "\"run\":\"%s\"",
                     run->s->identity.id, run->id);
    put_times(b, keys, times, LW_COUNT(times));
    lw_strbuf_printf(b,
                     ",\"erased\":{\"photos\":%jd,\"templates\":%jd,\"fields\":%jd,"
                     "\"occupants\":%jd,\"documents\":%jd,\"texts\":%jd,\"records\":%jd}",
                     (intmax_t)c->photos, (intmax_t)c->templates, (intmax_t)c->fields,
                     (intmax_t)c->occupants, (intmax_t)c->documents, (intmax_t)c->texts,
                     (intmax_t)c->records);
    lw_strbuf_printf(b,
                     ",\"wrapping_keys\":%d,\"audit\":{\"first\":%jd,\"last\":%jd,\"hash\":\"%s\"},"
                     "\"public_key\":\"%s\"",
                     run->report->wrapping_keys, (intmax_t)run->first_entry,
                     (intmax_t)run->s->end.seq, hash, key);
    int r = lw_signed_finish(b, k, why);
    if (r < 0)
        lw_why_prefix(why, "the certificate");
    return r;
}

static int keep_certificate(struct run *run, struct lw_strbuf *b, struct lw_why *why)
{
    char detail[32 + LW_SHA256_HEX] = "ends, certificate sha256=";
    if (lw_sha256_hex(detail + strlen(detail), lw_strbuf_span(b)) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no digest");
    int r = lw_store_begin(run->s, why);
    if (r < 0)
        return r;
    r = lw_sql_run(&run->s->q, why, "INSERT INTO purge_run (id, certificate) VALUES (?, ?)",
                   LW_BIND(LW_T(run->id), LW_T(lw_strbuf_peek(b))));
    if (r == LW_OK)
        r = lw_store_note(run->s, "purge", run->id, detail, why);
    return lw_store_finish(run->s, r, why);
}

/* What the log still holds goes into the store, the log is cut to nothing, and both are on the
 * disk.
 */
static int empty_log(struct lw_store *s, struct lw_why *why)
{
    int r = lw_sql_empty_log(&s->q, why);
    if (r < 0) {
        lw_why_prefix(why, "what was purged is still in the log, which another program uses");
        return r;
    }
    return lw_store_sync_log(s, why);
}

/* No step waits for the disk, since every writer would wait with it: what a power cut undoes is
 * still due. Before keys are destroyed and the certificate says so, all of it is on the disk. */
static int do_all_steps(struct run *run, struct lw_why *why)
{
    struct lw_why ignored;
    int r = lw_store_wait_for_disk(run->s, false, why);
    lw_sql_leave_log(&run->s->q, true);
    for (size_t i = 0; r == LW_OK && i < LW_COUNT(kinds); i++)
        r = do_steps(run, &kinds[i], why);
    lw_sql_leave_log(&run->s->q, false);
    int back = lw_store_wait_for_disk(run->s, true, r < 0 ? &ignored : why);
    if (r < 0 || (r = back) < 0)
        return r;
    return lw_store_sync_log(run->s, why);
}

static int run_all(struct run *run, struct lw_why *why)
{
    int64_t started = lw_now_utc_us();
    int r = do_all_steps(run, why);
    if (r < 0 || (r = run->s->keys->ops->forget(run->s->keys, run->now, why)) < 0)
        return r;
    run->report->wrapping_keys = r;
    struct lw_strbuf *b = &run->report->certificate;
    if (run->begun && ((r = print_certificate(run, started, b, why)) < 0 ||
                       (r = keep_certificate(run, b, why)) < 0))
        return r;
    return empty_log(run->s, why); /* also of a run before that could not */
}

static int name_run(struct run *run, struct lw_why *why)
{
    uint8_t random[10];
    if (lw_random_bytes(random, sizeof(random)) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no random bytes");
    lw_ulid_print(run->id, run->now, random);
    return LW_OK;
}

int lw_store_purge(struct lw_store *s, const struct lw_purge_opts *opts,
                   struct lw_purge_report *out, struct lw_why *why)
{
    const struct lw_purge_opts defaults = LW_PURGE_DEFAULTS;
    if (!opts)
        opts = &defaults;
    int64_t now = opts->now_utc_us ? opts->now_utc_us : lw_now_utc_us();
    struct lw_purge_report report = {.certificate = LW_STRBUF_INIT};
    struct run run = {.s = s, .now = now, .pause_ms = opts->pause_ms, .report = &report};
    int r = check_clock(s, now, opts->clock_is_right, opts->dry_run, why);
    if (r < 0 || (r = name_run(&run, why)) < 0 || (r = count_due(s, now, &report, why)) < 0)
        return r;
    if (!opts->dry_run) {
        report.erased = (struct lw_purge_counts){0};
        r = run_all(&run, why);
    }
    if (r < 0) {
        lw_strbuf_clear(&report.certificate);
        return r;
    }
    *out = report;
    return LW_OK;
}

int lw_purge_certificate_check(struct lw_span text, const uint8_t public_key[LW_SIGN_PUBLIC],
                               struct lw_why *why)
{
    return lw_signed_check(text, "{\"format\":\"lanewise-purge-certificate\",\"version\":1,",
                           "purge certificate", public_key, why);
}
