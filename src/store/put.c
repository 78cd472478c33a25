/* One closed crossing into the store. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "crypt/digest.h"
#include "crypt/hex.h"
#include "store/blob.h"
#include "store/encounter_rows.h"
#include "store/inside.h"
#include "store/put.h"
#include "store/tally.h"
#include "store/writer.h"

static int refuse_twice(struct lw_sql *q, const char *id, struct lw_why *why)
{
    int64_t n = 0;
    int r = lw_sql_int(q, why, &n, "SELECT count(*) FROM record WHERE id = ?", LW_BIND(LW_T(id)));
    if (r == LW_OK && n > 0)
        return lw_why_set(why, LW_EINVAL, -1, "record %s is there already", id);
    return r;
}

static int put_record(struct lw_store *s, const struct lw_putting *p, struct lw_why *why)
{
    const struct lw_record *rec = p->entry->record;
    const struct lw_bundle *u = &rec->bundle;
    return lw_sql_run(
        &s->q, why,
        "INSERT INTO record (seq, id, crossing, corrects, lane, direction, opened_utc_us,"
        " closed_utc_us, synthetic, verified, sha256, bytes, policy, bytes_due_utc_us, due_utc_us)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        LW_BIND(LW_I(p->seq), LW_T(rec->id), LW_T(u->id),
                LW_T(rec->corrects[0] ? rec->corrects : NULL), LW_T(u->lane),
                LW_T(lw_direction_name(u->direction)), LW_I(u->opened_utc_us),
                LW_I(rec->closed_utc_us), LW_I(u->synthetic), LW_I(rec->outcome.verified),
                LW_B(((struct lw_span){.data = p->sha256, .n = sizeof(p->sha256)})),
                LW_B(lw_strbuf_span(&p->bytes)), LW_I(s->policy_seq), LW_I(p->dues.bytes),
                LW_I(p->dues.record)));
}

static int put_document(struct lw_store *s, const struct lw_putting *p, size_t n,
                        struct lw_why *why)
{
    const struct lw_bundle_document *d = &p->entry->record->bundle.documents[n];
    const struct lw_document_outcome *o = &p->entry->record->outcome.documents[n];
    const struct lw_store_document *known = &p->entry->documents[n];
    uint8_t identity[LW_HMAC_BYTES];
    int r = lw_store_identify(s, known, identity);
    if (r < 0 && r != LW_ENOTFOUND)
        return lw_why_set(why, r, -1, "no digest");
    const struct lw_span id = {.data = identity, .n = sizeof(identity)};
    return lw_sql_run(&s->q, why,
                      "INSERT INTO document (record, n, id, kind, class, opted_out, status,"
                      " due_utc_us, identity, authentic) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      LW_BIND(LW_I(p->seq), LW_I((int64_t)n), LW_T(d->id),
                              LW_T(lw_document_kind_name(d->kind)),
                              LW_T(lw_person_class_name(d->person_class)), LW_I(d->opted_out),
                              LW_T(lw_document_status_name(o->status)), LW_I(p->dues.document[n]),
                              r == LW_OK ? LW_B(id) : LW_NULL, LW_I(known->authentic)));
}

int lw_put_reasons(struct lw_strbuf *b, uint32_t reasons)
{
    for (unsigned i = 0; i < LW_REASONS; i++)
        if (reasons & (1u << i))
            lw_strbuf_printf(b, "%s%s", b->n ? "," : "", lw_reason_name((enum lw_reason)i));
    return lw_strbuf_err(b);
}

static int put_occupant(struct lw_sql *q, const struct lw_putting *p, size_t n, struct lw_why *why)
{
    const struct lw_occupant *o = &p->entry->record->outcome.occupants[n];
    LW_AUTO_STRBUF reasons = LW_STRBUF_INIT;
    if (lw_put_reasons(&reasons, o->reasons) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    return lw_sql_run(
        q, why,
        "INSERT INTO occupant (record, n, seat, decision, document, score, captured,"
        " reasons, frames_seen, due_utc_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        LW_BIND(LW_I(p->seq), LW_I((int64_t)n), LW_T(o->seat[0] ? o->seat : NULL),
                LW_T(lw_decision_name(o->decision)), o->document >= 0 ? LW_I(o->document) : LW_NULL,
                o->has_score ? LW_D((double)o->score) : LW_NULL, LW_I(o->captured),
                LW_T(lw_strbuf_peek(&reasons)), LW_I(o->frames_seen), LW_I(p->dues.occupant[n])));
}

static int put_blob(struct lw_sql *q, struct lw_putting *p, size_t n, struct lw_why *why)
{
    struct lw_sealed *b = &p->sealed[n];
    const struct lw_span sealed = {.data = b->bytes, .n = b->n};
    const struct lw_span wrapped = {.data = b->key.bytes, .n = sizeof(b->key.bytes)};
    int r = lw_sql_run(q, why,
                       "INSERT INTO blob (record, n, kind, occupant, document, quality, due_utc_us,"
                       " sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                       LW_BIND(LW_I(p->seq), LW_I((int64_t)n), LW_T(lw_item_name(b->kind)),
                               b->of_document ? LW_NULL : LW_I(b->index),
                               b->of_document ? LW_I(b->index) : LW_NULL, LW_D((double)b->quality),
                               LW_I(b->due_utc_us), LW_B(sealed)));
    if (r < 0)
        return r;
    b->seq = sqlite3_last_insert_rowid(q->db);
    return lw_sql_run(q, why,
                      "INSERT INTO blob_key (blob, generation, until_utc_us, due_utc_us, wrapped)"
                      " VALUES (?, ?, ?, ?, ?)",
                      LW_BIND(LW_I(b->seq), LW_I(b->key.generation), LW_I(b->key.until_utc_us),
                              LW_I(b->due_utc_us), LW_B(wrapped)));
}

/* The record's number is that of its audit entry. */
static int note_put(struct lw_store *s, struct lw_putting *p, struct lw_why *why)
{
    const struct lw_record *rec = p->entry->record;
    char detail[16 + LW_SHA256_HEX] = "sha256=";
    lw_hex_print(detail + strlen(detail),
                 (struct lw_span){.data = p->sha256, .n = sizeof(p->sha256)});
    int r = lw_store_note(s, rec->corrects[0] ? "correct" : "put", rec->id, detail, why);
    return r < 0 ? r : lw_sql_int(&s->q, why, &p->seq, "SELECT max(seq) FROM audit", LW_BIND_NONE);
}

/* A correction takes the place of what it corrects, in the counts too; where that is purged
 * already, or corrected before, nothing is there to take away, and the correction does not count
 * either. */
static int count(struct lw_store *s, const struct lw_record *rec, struct lw_why *why)
{
    sqlite3_stmt *st;
    if (!rec->corrects[0])
        return lw_tally_add(&s->q, rec, 1, why);
    LW_AUTO_MEM(struct lw_record) old = malloc(sizeof(*old));
    if (!old)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = lw_sql_begin(&s->q, why, &st,
                         "SELECT bytes FROM record WHERE id = ?1 AND length(bytes) > 0"
                         " AND (SELECT count(*) FROM record WHERE corrects = ?1) = 1",
                         LW_BIND(LW_T(rec->corrects)));
    if (r < 0 || (r = lw_sql_next(&s->q, st, why)) <= 0)
        return r;
    r = lw_record_parse(old, lw_sql_bytes(st, 0), why);
    lw_sql_done(st);
    if (r < 0 || (r = lw_tally_add(&s->q, old, -1, why)) < 0)
        return r;
    return lw_tally_add(&s->q, rec, 1, why);
}

/* A key wrapped under wrapping keys that were rotated meanwhile could never be unwrapped. The
 * transaction has the store for itself, and rotating ends in one, too. */
static int check_generation(struct lw_store *s, struct lw_putting *p, struct lw_why *why)
{
    int64_t generation = 0;
    if (p->n_sealed == 0)
        return LW_OK;
    int r = s->keys->ops->current(s->keys, &generation, why);
    for (size_t i = 0; r == LW_OK && i < p->n_sealed; i++)
        p->stale = p->stale || p->sealed[i].key.generation != generation;
    if (p->stale)
        return lw_why_set(why, LW_EAGAIN, -1, "the wrapping keys were rotated just now");
    return r;
}

int lw_putting_write(struct lw_putting *p, struct lw_store *s, struct lw_why *why)
{
    struct lw_sql *q = &s->q;
    const struct lw_outcome *o = &p->entry->record->outcome;
    int r = check_generation(s, p, why);
    if (r < 0 || (r = refuse_twice(q, p->entry->record->id, why)) < 0 ||
        (r = note_put(s, p, why)) < 0 || (r = put_record(s, p, why)) < 0)
        return r;
    for (size_t i = 0; r == LW_OK && i < o->n_documents; i++)
        r = put_document(s, p, i, why);
    for (size_t i = 0; r == LW_OK && i < o->n_occupants; i++)
        r = put_occupant(q, p, i, why);
    for (size_t i = 0; r == LW_OK && i < p->n_sealed; i++)
        r = put_blob(q, p, i, why);
    if (r < 0)
        return r;
    const char *corrects = p->entry->record->corrects;
    if ((r = lw_encounter_enter(s, p->entry, p->sealed, p->n_sealed, why)) < 0 ||
        (*corrects && (r = lw_encounter_take_back(q, corrects, why)) < 0) ||
        (r = count(s, p->entry->record, why)) < 0)
        return r;
    return lw_sql_run(q, why, "INSERT INTO outbox (record, put_utc_us) VALUES (?, ?)",
                      LW_BIND(LW_I(p->seq), LW_I(lw_now_utc_us())));
}

/* A blob belongs to somebody who is there, and who did not opt out. */
static int check_blob(const struct lw_record *rec, const struct lw_store_blob *b,
                      struct lw_why *why)
{
    bool of_document = b->portrait || b->kind == LW_ITEM_FIELDS;
    size_t n = of_document ? rec->outcome.n_documents : rec->outcome.n_occupants;
    if ((unsigned)b->kind >= LW_ITEM_DECISION || (b->portrait && b->kind != LW_ITEM_PHOTO) ||
        b->index < 0 || (size_t)b->index >= n || !isfinite(b->quality) ||
        b->bytes.n > LW_STORE_BLOB_BYTES_MAX)
        return lw_why_set(why, LW_EINVAL, -1, "a blob belongs to nobody in the record");
    if (b->portrait ? rec->bundle.documents[b->index].opted_out
                    : !of_document &&
                          rec->outcome.occupants[b->index].reasons & (1u << LW_REASON_OPTED_OUT))
        return lw_why_set(why, LW_EINVAL, -1, "a %s of a person who opted out was handed in",
                          lw_item_name(b->kind));
    return LW_OK;
}

static int seal_blobs(struct lw_store *s, struct lw_putting *p, struct lw_why *why)
{
    const struct lw_record *rec = p->entry->record;
    uint8_t *room = p->room;
    int r = LW_OK;
    for (size_t i = 0; r == LW_OK && i < p->entry->n_blobs; i++) {
        const struct lw_store_blob *b = &p->entry->blobs[i];
        int64_t due = b->portrait ? lw_due_of_portrait(&s->policy.rules, rec, (size_t)b->index,
                                                       p->entry->verified_utc_us)
                                  : lw_due_of_item(&s->policy.rules, rec, b->kind, (size_t)b->index,
                                                   p->entry->verified_utc_us);
        if (due <= rec->closed_utc_us)
            continue; /* the policy does not keep it */
        const struct lw_blob_place at = {.store_id = s->identity.id,
                                         .record_id = rec->id,
                                         .n = p->n_sealed,
                                         .kind = lw_item_name(b->kind),
                                         .policy_sha256 = s->policy.sha256};
        r = lw_blob_seal(&p->sealed[p->n_sealed], room, s->keys, &at, b, rec->closed_utc_us, due,
                         why);
        p->n_sealed += r == LW_OK;
        room += b->bytes.n + LW_SEAL_EXTRA;
    }
    return r;
}

/* In one piece: freeing many small ones has the heap shrink and grow again with each crossing. */
static int make_room(struct lw_putting *p, struct lw_why *why)
{
    const struct lw_store_entry *e = p->entry;
    size_t bytes = 1;
    for (size_t i = 0; i < e->n_blobs; i++) {
        int r = check_blob(e->record, &e->blobs[i], why);
        if (r < 0)
            return r;
        bytes += e->blobs[i].bytes.n + LW_SEAL_EXTRA;
    }
    p->sealed = calloc(e->n_blobs + 1, sizeof(*p->sealed));
    p->room = malloc(bytes);
    return p->sealed && p->room ? LW_OK : lw_why_set(why, LW_ENOMEM, -1, "no memory");
}

int lw_putting_prepare(struct lw_putting *p, struct lw_store *s, const struct lw_store_entry *e,
                       struct lw_why *why)
{
    *p = (struct lw_putting){.entry = e, .bytes = LW_STRBUF_INIT};
    if (!s->policy.text.n)
        return lw_why_set(why, LW_EINVAL, -1, "the store was opened without a policy");
    if (e->n_blobs > LW_STORE_BLOBS_MAX)
        return lw_why_set(why, LW_EINVAL, -1, "%zu blobs: a record has at most %d", e->n_blobs,
                          LW_STORE_BLOBS_MAX);
    int r = lw_record_print(&p->bytes, e->record);
    if (r == LW_EINVAL)
        return lw_why_set(why, r, -1, "the record contradicts itself");
    if (r < 0 || (r = lw_sha256(p->sha256, lw_strbuf_span(&p->bytes))) < 0)
        return lw_why_set(why, r, -1, "%s", lw_err_name(r));
    if ((r = make_room(p, why)) < 0)
        return r;
    lw_dues_set(&p->dues, &s->policy.rules, e->record, e->verified_utc_us);
    return seal_blobs(s, p, why);
}

void lw_putting_clear(struct lw_putting *p)
{
    free(p->sealed);
    free(p->room);
    lw_strbuf_clear(&p->bytes);
    *p = (struct lw_putting){.entry = NULL, .stale = p->stale};
}

static int put_once(struct lw_store *s, struct lw_putting *p, const struct lw_store_entry *e,
                    struct lw_why *why)
{
    int r = lw_putting_prepare(p, s, e, why);
    if (r == LW_OK && (r = lw_store_begin(s, why)) == LW_OK)
        r = lw_store_finish(s, lw_putting_write(p, s, why), why);
    lw_putting_clear(p);
    return r;
}

int lw_store_put_entry(struct lw_store *s, const struct lw_store_entry *e, struct lw_why *why)
{
    struct lw_putting p = {.stale = false};
    if (s->writer)
        return lw_writer_put(s->writer, e, why);
    int r = put_once(s, &p, e, why);
    return p.stale ? put_once(s, &p, e, why) : r;
}

int lw_store_put(struct lw_store *s, const struct lw_record *rec, struct lw_why *why)
{
    return lw_store_put_entry(s, &(struct lw_store_entry){.record = rec}, why);
}
