/* What can be worked out again is worked out again. A person may have been verified at any time of
 * the crossing, which the record does not say: terms from that event may end between those from its
 * opening and from its closing. */
#include "store/verify_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/policies.h"
#include "store/put.h"

struct rows {
    struct lw_sql *q;
    lw_finding_fn found;
    void *ctx;
    struct lw_why *why;
    int64_t policy_seq; /* whose text and rules are at hand; 0: none yet */
    struct lw_policy rules;
    int64_t seq; /* of the record that is looked at */
    bool corrected;
    struct lw_record rec;
    struct lw_dues early, late;
    int64_t opened[LW_OCCUPANTS_MAX]; /* everybody verified at opening */
};

static void wrong(struct rows *c, const char *what, int64_t n)
{
    char text[128];
    if (n < 0)
        snprintf(text, sizeof(text), "record %.40s (%jd): %s", c->rec.id, (intmax_t)c->seq, what);
    else
        snprintf(text, sizeof(text), "record %.40s (%jd): %s %jd", c->rec.id, (intmax_t)c->seq,
                 what, (intmax_t)n);
    c->found(c->ctx, text);
}

static bool says(sqlite3_stmt *st, int column, const char *text)
{
    const char *is = (const char *)sqlite3_column_text(st, column);
    return text && *text ? is && strcmp(is, text) == 0 : !is || !*is;
}

static bool is(sqlite3_stmt *st, int column, int64_t value)
{
    return sqlite3_column_type(st, column) == SQLITE_INTEGER &&
           sqlite3_column_int64(st, column) == value;
}

/* Times in the bytes are cut to milliseconds. */
static bool due_fits(const struct rows *c, int64_t due, int64_t early, int64_t late)
{
    const int64_t first = early < late ? early : late, last = early < late ? late : early;
    return due <= last + 999 && (c->corrected || due >= first);
}

/* --- the policy it was put under --- */

static int take_policy(struct rows *c, int64_t seq)
{
    sqlite3_stmt *st;
    if (seq == c->policy_seq)
        return LW_OK;
    int r = lw_sql_begin(c->q, c->why, &st, "SELECT text FROM policy WHERE seq = ?",
                         LW_BIND(LW_I(seq)));
    if (r < 0 || (r = lw_sql_next(c->q, st, c->why)) <= 0)
        return r; /* a policy that is gone is told by whoever checks policies */
    r = lw_policy_parse(&c->rules, lw_sql_bytes(st, 0), NULL);
    lw_sql_done(st);
    c->policy_seq = r < 0 ? 0 : seq;
    return LW_OK;
}

static void find_dues(struct rows *c)
{
    for (size_t i = 0; i < LW_OCCUPANTS_MAX; i++)
        c->opened[i] = c->rec.bundle.opened_utc_us;
    lw_dues_set(&c->early, &c->rules, &c->rec, c->opened);
    lw_dues_set(&c->late, &c->rules, &c->rec, NULL);
}

/* --- rows of one record --- */

/* columns: crossing, corrects, lane, direction, opened, closed, synthetic, verified, bytes due, due
 */
static void check_columns(struct rows *c, sqlite3_stmt *st, int first)
{
    const struct lw_bundle *u = &c->rec.bundle;
    if (!says(st, first, u->id) || !says(st, first + 1, c->rec.corrects) ||
        !says(st, first + 2, u->lane) || !says(st, first + 3, lw_direction_name(u->direction)) ||
        sqlite3_column_int64(st, first + 4) / 1000 != u->opened_utc_us / 1000 ||
        sqlite3_column_int64(st, first + 5) / 1000 != c->rec.closed_utc_us / 1000 ||
        !is(st, first + 6, u->synthetic) || !is(st, first + 7, c->rec.outcome.verified))
        wrong(c, "its columns do not say what its bytes say", -1);
    if (c->policy_seq &&
        (!due_fits(c, sqlite3_column_int64(st, first + 8), c->early.bytes, c->late.bytes) ||
         !due_fits(c, sqlite3_column_int64(st, first + 9), c->early.record, c->late.record)))
        wrong(c, "it is not due when its policy says", -1);
}

/* columns: n, seat, decision, document, score, captured, reasons, frames_seen, due */
static bool occupant_fits(const struct rows *c, sqlite3_stmt *st, const struct lw_occupant *o)
{
    LW_AUTO_STRBUF reasons = LW_STRBUF_INIT;
    const bool has_document = sqlite3_column_type(st, 3) != SQLITE_NULL;
    const bool has_score = sqlite3_column_type(st, 4) != SQLITE_NULL;
    LW_UNUSED(c);
    return lw_put_reasons(&reasons, o->reasons) == LW_OK && says(st, 1, o->seat) &&
           says(st, 2, lw_decision_name(o->decision)) && has_document == (o->document >= 0) &&
           (!has_document || is(st, 3, o->document)) && has_score == o->has_score &&
           (!has_score || (float)sqlite3_column_double(st, 4) == o->score) &&
           is(st, 5, o->captured) && says(st, 6, lw_strbuf_peek(&reasons)) &&
           is(st, 7, o->frames_seen);
}

static void check_occupant(struct rows *c, sqlite3_stmt *st)
{
    const int64_t n = sqlite3_column_int64(st, 0), due = sqlite3_column_int64(st, 8);
    if (n < 0 || (size_t)n >= c->rec.outcome.n_occupants ||
        !occupant_fits(c, st, &c->rec.outcome.occupants[n]))
        wrong(c, "its bytes say something else of occupant", n);
    else if (c->policy_seq && !due_fits(c, due, c->early.occupant[n], c->late.occupant[n]))
        wrong(c, "not due when the policy says is occupant", n);
}

/* columns: n, id, kind, class, opted_out, status, due */
static void check_document(struct rows *c, sqlite3_stmt *st)
{
    const int64_t n = sqlite3_column_int64(st, 0), due = sqlite3_column_int64(st, 6);
    const bool known = n >= 0 && (size_t)n < c->rec.outcome.n_documents;
    const struct lw_bundle_document *d = &c->rec.bundle.documents[known ? n : 0];
    if (!known || !says(st, 1, d->id) || !says(st, 2, lw_document_kind_name(d->kind)) ||
        !says(st, 3, lw_person_class_name(d->person_class)) || !is(st, 4, d->opted_out) ||
        !says(st, 5, lw_document_status_name(c->rec.outcome.documents[n].status)))
        wrong(c, "its bytes say something else of document", n);
    else if (c->policy_seq && !due_fits(c, due, c->early.document[n], c->late.document[n]))
        wrong(c, "not due when the policy says is document", n);
}

/* columns: n, kind, of occupant, of document, due, due of its key, due of the decision it is of */
static void check_blob(struct rows *c, sqlite3_stmt *st)
{
    const int64_t n = sqlite3_column_int64(st, 0), due = sqlite3_column_int64(st, 4);
    const char *kind = (const char *)sqlite3_column_text(st, 1);
    const bool of_occupant = sqlite3_column_type(st, 2) != SQLITE_NULL;
    if (!kind || strcmp(kind, of_occupant ? "fields" : "template") == 0)
        wrong(c, "nobody can be the owner of blob", n);
    else if ((sqlite3_column_type(st, 5) != SQLITE_NULL && sqlite3_column_int64(st, 5) != due) ||
             (sqlite3_column_type(st, 6) != SQLITE_NULL && sqlite3_column_int64(st, 6) < due))
        wrong(c, "not due with its key and its owner's decision is blob", n);
}

static int each(struct rows *c, const char *text, void (*check)(struct rows *, sqlite3_stmt *))
{
    sqlite3_stmt *st;
    int r = lw_sql_begin(c->q, c->why, &st, text, LW_BIND(LW_I(c->seq)));
    while (r == 0 && (r = lw_sql_next(c->q, st, c->why)) == 1) {
        check(c, st);
        r = 0;
    }
    return r;
}

static int check_people(struct rows *c)
{
    int r = each(c,
                 "SELECT n, seat, decision, document, score, captured, reasons, frames_seen,"
                 " due_utc_us FROM occupant WHERE record = ?",
                 check_occupant);
    if (r == LW_OK)
        r = each(c,
                 "SELECT n, id, kind, class, opted_out, status, due_utc_us FROM document"
                 " WHERE record = ?",
                 check_document);
    return r < 0 ? r
                 : each(c,
                        "SELECT b.n, b.kind, b.occupant, b.document, b.due_utc_us, k.due_utc_us,"
                        " ifnull(o.due_utc_us, d.due_utc_us) FROM blob b LEFT JOIN blob_key k"
                        " ON k.blob = b.seq LEFT JOIN occupant o ON o.record = b.record AND"
                        " o.n = b.occupant LEFT JOIN document d ON d.record = b.record AND"
                        " d.n = b.document WHERE b.record = ?",
                        check_blob);
}

/* --- all records --- */

/* columns: seq, bytes, policy, whether it is corrected, then those of check_columns */
static int check_record(struct rows *c, sqlite3_stmt *st)
{
    c->seq = sqlite3_column_int64(st, 0);
    c->corrected = sqlite3_column_int(st, 3) != 0;
    if (lw_record_parse(&c->rec, lw_sql_bytes(st, 1), NULL) < 0)
        return LW_OK; /* told by whoever checks digests */
    int r = take_policy(c, sqlite3_column_int64(st, 2));
    if (r < 0)
        return r;
    if (c->policy_seq)
        find_dues(c);
    check_columns(c, st, 4);
    return check_people(c);
}

static int check_all(struct rows *c)
{
    sqlite3_stmt *st;
    int r = lw_sql_begin(c->q, c->why, &st,
                         "SELECT seq, bytes, policy, EXISTS (SELECT 1 FROM record AS later WHERE"
                         " later.corrects = record.id), crossing, corrects, lane, direction,"
                         " opened_utc_us, closed_utc_us, synthetic, verified, bytes_due_utc_us,"
                         " due_utc_us FROM record WHERE length(bytes) > 0",
                         LW_BIND_NONE);
    while (r == 0 && (r = lw_sql_next(c->q, st, c->why)) == 1)
        if ((r = check_record(c, st)) < 0)
            lw_sql_done(st);
    return r;
}

int lw_verify_rows(struct lw_sql *q, lw_finding_fn found, void *ctx, struct lw_why *why)
{
    struct rows *c = calloc(1, sizeof(*c));
    if (!c)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    c->q = q;
    c->found = found;
    c->ctx = ctx;
    c->why = why;
    int r = check_all(c);
    free(c);
    return r;
}
