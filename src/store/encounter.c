/* Earlier encounters.
 *
 * A row of `encounter` says that a blob is a reference for the document of that identity, which is
 * a keyed digest: without the key file nobody can tell whose it is. Its proof is a digest under the
 * same key over identity, record, blob number and kind, so that a row put there by somebody with
 * the file in hand, e.g. an impostor's photo under another's document, is never handed out. */
#include "store/encounter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "crypt/hex.h"
#include "store/blob.h"
#include "store/encounter_rows.h"

enum { GROUND_MAX = 200, IDENTITIES_MAX = 1 + LW_ENCOUNTER_LINKS_MAX };

static const enum lw_item kinds[] = {LW_ITEM_PHOTO, LW_ITEM_TEMPLATE};

struct identity {
    uint8_t bytes[LW_HMAC_BYTES];
};
struct person {
    size_t occupant;
    enum lw_item kind;
    struct identity identity;
};

static struct lw_span span_of(const struct identity *id)
{
    return (struct lw_span){.data = id->bytes, .n = sizeof(id->bytes)};
}

const char *lw_encounter_obstacle(const struct lw_policy *p, const struct lw_store_entry *e,
                                  size_t occupant)
{
    const struct lw_record *rec = e->record;
    const struct lw_occupant *o = &rec->outcome.occupants[occupant];
    const struct lw_store_portrait *by = &e->portrait[occupant];
    if (rec->corrects[0])
        return "a correction is no encounter";
    if (o->decision != LW_VERIFIED || o->document < 0)
        return "the person was not verified";
    const struct lw_bundle_document *d = &rec->bundle.documents[o->document];
    const struct lw_store_document *known = &e->documents[o->document];
    if (!lw_policy_occupant(p, rec, occupant)->encounters || d->opted_out)
        return "the policy does not let it serve";
    if (rec->outcome.documents[o->document].status != LW_DOC_MATCHED)
        return "the document was not matched";
    if (d->kind != LW_DOCUMENT_LDS || !known->authentic)
        return "the document is not known to be authentic";
    if (!known->issuer[0] || !known->number[0])
        return "the document's issuer or number is not known";
    if (!by->given || !(by->score >= rec->outcome.threshold))
        return "the document's own portrait does not verify the person";
    return NULL;
}

/* --- proofs --- */

static int prove(struct lw_keys *keys, uint8_t out[LW_HMAC_BYTES], struct lw_strbuf *text)
{
    int r = lw_strbuf_err(text);
    return r < 0 ? r : keys->ops->identify(keys, out, lw_strbuf_span(text));
}

int lw_encounter_prove(struct lw_keys *keys, uint8_t out[LW_HMAC_BYTES],
                       const struct lw_blob_place *at, const uint8_t identity[LW_HMAC_BYTES])
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    char hex[2 * LW_HMAC_BYTES + 1];
    lw_hex_print(hex, (struct lw_span){.data = identity, .n = LW_HMAC_BYTES});
    lw_strbuf_printf(&b, "lanewise-encounter-1 %s %s %s %zu %s", at->store_id, hex, at->record_id,
                     at->n, at->kind);
    return prove(keys, out, &b);
}

int lw_encounter_prove_link(struct lw_keys *keys, uint8_t out[LW_HMAC_BYTES], const char *store_id,
                            const uint8_t from[LW_HMAC_BYTES], const uint8_t to[LW_HMAC_BYTES])
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    char hex[2][2 * LW_HMAC_BYTES + 1];
    lw_hex_print(hex[0], (struct lw_span){.data = from, .n = LW_HMAC_BYTES});
    lw_hex_print(hex[1], (struct lw_span){.data = to, .n = LW_HMAC_BYTES});
    lw_strbuf_printf(&b, "lanewise-encounter-link-1 %s %s %s", store_id, hex[0], hex[1]);
    return prove(keys, out, &b);
}

/* Comparing in constant time would hide nothing: who can ask has the key file. */
static bool same(struct lw_span a, const uint8_t b[LW_HMAC_BYTES])
{
    return a.n == LW_HMAC_BYTES && memcmp(a.data, b, LW_HMAC_BYTES) == 0;
}

/* --- in the closing transaction --- */

/* The best blobs of one kind and occupant: their indices, best first. Returns how many. */
static size_t pick_best(size_t out[LW_ENCOUNTERS_CROSSING], const struct lw_sealed *sealed,
                        size_t n, enum lw_item kind, size_t occupant)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (sealed[i].kind != kind || (size_t)sealed[i].index != occupant)
            continue;
        size_t at = kept < LW_ENCOUNTERS_CROSSING ? kept++ : LW_ENCOUNTERS_CROSSING;
        for (; at > 0 && sealed[i].quality > sealed[out[at - 1]].quality; at--)
            if (at < LW_ENCOUNTERS_CROSSING)
                out[at] = out[at - 1];
        if (at < LW_ENCOUNTERS_CROSSING)
            out[at] = i;
    }
    return kept;
}

static int insert(struct lw_store *s, const struct lw_blob_place *at,
                  const struct lw_sealed *sealed, const struct identity *id, struct lw_why *why)
{
    uint8_t proof[LW_HMAC_BYTES];
    if (lw_encounter_prove(s->keys, proof, at, id->bytes) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no digest");
    return lw_sql_run(&s->q, why,
                      "INSERT INTO encounter (identity, kind, quality, blob, record, n, policy,"
                      " due_utc_us, proof) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      LW_BIND(LW_B(span_of(id)), LW_T(at->kind), LW_D((double)sealed->quality),
                              LW_I(sealed->seq), LW_T(at->record_id), LW_I((int64_t)at->n),
                              LW_I(s->policy_seq), LW_I(sealed->due_utc_us),
                              LW_B(((struct lw_span){.data = proof, .n = sizeof(proof)}))));
}

static int enter_kind(struct lw_store *s, const struct lw_store_entry *e,
                      const struct lw_sealed *sealed, size_t n, const struct person *who,
                      struct lw_why *why)
{
    size_t best[LW_ENCOUNTERS_CROSSING];
    size_t kept = pick_best(best, sealed, n, who->kind, who->occupant);
    int r = LW_OK;
    for (size_t i = 0; r == LW_OK && i < kept; i++) {
        const struct lw_blob_place at = {.store_id = s->identity.id,
                                         .record_id = e->record->id,
                                         .n = best[i],
                                         .kind = lw_item_name(who->kind)};
        r = insert(s, &at, &sealed[best[i]], &who->identity, why);
    }
    if (r < 0 || kept == 0)
        return r;
    return lw_sql_run(&s->q, why,
                      "DELETE FROM encounter WHERE blob IN (SELECT blob FROM encounter"
                      " WHERE identity = ? AND kind = ?"
                      " ORDER BY quality DESC, blob DESC LIMIT -1 OFFSET ?)",
                      LW_BIND(LW_B(span_of(&who->identity)), LW_T(lw_item_name(who->kind)),
                              LW_I(LW_ENCOUNTERS_KEPT)));
}

int lw_encounter_enter(struct lw_store *s, const struct lw_store_entry *e,
                       const struct lw_sealed *sealed, size_t n, struct lw_why *why)
{
    const struct lw_outcome *o = &e->record->outcome;
    int r = LW_OK;
    for (size_t i = 0; r == LW_OK && i < o->n_occupants; i++) {
        struct person who = {.occupant = i};
        if (lw_encounter_obstacle(&s->policy.rules, e, i))
            continue;
        if (lw_store_identify(s, &e->documents[o->occupants[i].document], who.identity.bytes) < 0)
            return lw_why_set(why, LW_ECRYPTO, -1, "no digest");
        for (size_t k = 0; r == LW_OK && k < LW_COUNT(kinds); k++) {
            who.kind = kinds[k];
            r = enter_kind(s, e, sealed, n, &who, why);
        }
    }
    return r;
}

/* Whatever the correction says, what was thought of these photos is no evidence any more. */
int lw_encounter_take_back(struct lw_sql *q, const char *record_id, struct lw_why *why)
{
    return lw_sql_run(q, why,
                      "DELETE FROM encounter WHERE blob IN (SELECT blob.seq FROM blob"
                      " JOIN record ON record.seq = blob.record WHERE record.id = ?)",
                      LW_BIND(LW_T(record_id)));
}

/* --- finding --- */

struct found {
    double quality;
    enum lw_item kind;
    struct identity identity;
    struct lw_blob_row row; /* what the seal is bound to; the key comes with opening */
    uint8_t proof[LW_HMAC_BYTES];
};
struct search {
    struct lw_store *s;
    const struct lw_encounter_claim *claim;
    int64_t now;
    size_t n_identities;
    struct identity identities[IDENTITIES_MAX];
    size_t n;
    struct found found[IDENTITIES_MAX * 2 * LW_ENCOUNTERS_KEPT];
    struct lw_encounters *out;
};

static int read_links(struct search *f, struct lw_why *why)
{
    sqlite3_stmt *st;
    uint8_t proof[LW_HMAC_BYTES];
    const struct identity own = f->identities[0];
    int r = lw_sql_begin(&f->s->q, why, &st,
                         "SELECT linked, proof FROM encounter_link"
                         " WHERE identity = ? AND due_utc_us > ? LIMIT ?",
                         LW_BIND(LW_B(span_of(&own)), LW_I(f->now), LW_I(LW_ENCOUNTER_LINKS_MAX)));
    while (r == 0 && (r = lw_sql_next(&f->s->q, st, why)) == 1) {
        struct lw_span linked = lw_sql_bytes(st, 0);
        r = linked.n == LW_HMAC_BYTES
                ? lw_encounter_prove_link(f->s->keys, proof, f->s->identity.id, own.bytes,
                                          linked.data)
                : LW_EFORMAT;
        if (r < 0) {
            lw_sql_done(st);
            return lw_why_set(why, r, -1, "a link cannot be checked");
        }
        if (same(lw_sql_bytes(st, 1), proof))
            memcpy(f->identities[f->n_identities++].bytes, linked.data, LW_HMAC_BYTES);
        else
            f->out->refused++;
    }
    return r;
}

/* columns: blob, record, n, kind, policy.sha256, quality, proof */
static int read_row(struct found *out, sqlite3_stmt *st, const struct identity *id,
                    enum lw_item kind, struct lw_why *why)
{
    struct found x = {.quality = sqlite3_column_double(st, 5), .kind = kind, .identity = *id};
    const struct lw_span sha256 = lw_sql_bytes(st, 4), proof = lw_sql_bytes(st, 6);
    if (sha256.n != LW_SHA256_BYTES || proof.n != LW_HMAC_BYTES)
        return lw_why_set(why, LW_EFORMAT, -1, "a reference is no reference");
    x.row.seq = sqlite3_column_int64(st, 0);
    lw_sql_text(st, 1, x.row.record_id, sizeof(x.row.record_id));
    x.row.n = (size_t)sqlite3_column_int64(st, 2);
    lw_sql_text(st, 3, x.row.kind, sizeof(x.row.kind));
    memcpy(x.row.policy_sha256, sha256.data, sha256.n);
    memcpy(x.proof, proof.data, proof.n);
    *out = x;
    return LW_OK;
}

/* Past its due time a reference is not used, whether or not it has been purged yet. */
static int read_rows(struct search *f, const struct identity *id, enum lw_item kind,
                     struct lw_why *why)
{
    sqlite3_stmt *st;
    int r = lw_sql_begin(&f->s->q, why, &st,
                         "SELECT blob, record, n, kind, policy.sha256, quality, proof"
                         " FROM encounter CROSS JOIN policy ON policy.seq = policy"
                         " WHERE identity = ? AND kind = ? AND due_utc_us > ?"
                         " ORDER BY quality DESC LIMIT ?",
                         LW_BIND(LW_B(span_of(id)), LW_T(lw_item_name(kind)), LW_I(f->now),
                                 LW_I(LW_ENCOUNTERS_KEPT)));
    while (r == 0 && (r = lw_sql_next(&f->s->q, st, why)) == 1)
        if ((r = read_row(&f->found[f->n++], st, id, kind, why)) < 0)
            lw_sql_done(st);
    return r;
}

static int best_first(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->quality != y->quality)
        return x->quality < y->quality ? 1 : -1;
    return (x->row.seq < y->row.seq) - (x->row.seq > y->row.seq); /* the newer one */
}

/* columns: sealed, generation, until_utc_us, wrapped */
static int open_row(struct search *f, struct found *x, sqlite3_stmt *st, struct lw_why *why)
{
    uint8_t *bytes = NULL;
    const struct lw_blob_place at = lw_blob_place_of(&f->s->identity, &x->row);
    const struct lw_span sealed = lw_sql_bytes(st, 0), wrapped = lw_sql_bytes(st, 3);
    x->row.key.generation = sqlite3_column_int64(st, 1);
    x->row.key.until_utc_us = sqlite3_column_int64(st, 2);
    int r = LW_ECRYPTO;
    if (wrapped.n == sizeof(x->row.key.bytes)) {
        memcpy(x->row.key.bytes, wrapped.data, wrapped.n);
        r = lw_blob_open(f->s->keys, &at, &x->row.key, sealed, &bytes, why);
    }
    if (r == LW_ENOTFOUND)
        return LW_OK; /* erased: its wrapping key is gone */
    if (r == LW_ECRYPTO) {
        f->out->refused++;
        return LW_OK;
    }
    if (r < 0)
        return r;
    f->out->v[f->out->n++] =
        (struct lw_encounter){.kind = x->kind,
                              .quality = (float)x->quality,
                              .bytes = {.data = bytes, .n = sealed.n - LW_SEAL_EXTRA}};
    return LW_OK;
}

static int open_found(struct search *f, struct found *x, struct lw_why *why)
{
    sqlite3_stmt *st;
    uint8_t proof[LW_HMAC_BYTES];
    const struct lw_blob_place at = lw_blob_place_of(&f->s->identity, &x->row);
    if (lw_encounter_prove(f->s->keys, proof, &at, x->identity.bytes) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no digest");
    if (memcmp(x->proof, proof, sizeof(proof)) != 0) {
        f->out->refused++;
        return LW_OK;
    }
    int r = lw_sql_begin(&f->s->q, why, &st,
                         "SELECT sealed, generation, until_utc_us, wrapped FROM blob"
                         " CROSS JOIN blob_key ON blob = seq"
                         " WHERE seq = ? AND blob.due_utc_us > ?",
                         LW_BIND(LW_I(x->row.seq), LW_I(f->now)));
    if (r < 0 || (r = lw_sql_next(&f->s->q, st, why)) <= 0)
        return r;
    r = open_row(f, x, st, why);
    lw_sql_done(st);
    return r;
}

static int find_all(struct search *f, struct lw_why *why)
{
    int r = read_links(f, why);
    for (size_t i = 0; r == LW_OK && i < f->n_identities; i++)
        for (size_t k = 0; r == LW_OK && k < LW_COUNT(kinds); k++)
            if (f->claim->kinds & (1u << kinds[k]))
                r = read_rows(f, &f->identities[i], kinds[k], why);
    qsort(f->found, f->n, sizeof(f->found[0]), best_first);
    for (size_t i = 0; r == LW_OK && i < f->n && f->out->n < f->claim->max; i++)
        r = open_found(f, &f->found[i], why);
    return r;
}

/* The entry is in the chain before anything is handed out; it reaches the disk with the closing of
 * the same crossing at the latest, so that the lane does not wait for the disk twice. */
static int note_found(struct lw_store *s, const struct lw_encounter_claim *claim,
                      const struct lw_encounters *found, struct lw_why *why)
{
    char detail[64];
    snprintf(detail, sizeof(detail), "references=%zu refused=%zu", found->n, found->refused);
    return lw_store_note_lazily(s, "compare", claim->bundle->id, detail, why);
}

static int check_claim(const struct lw_encounter_claim *c, struct lw_why *why)
{
    const uint32_t known = 1u << LW_ITEM_PHOTO | 1u << LW_ITEM_TEMPLATE;
    if (c->document >= c->bundle->n_documents || c->max < 1 || c->max > LW_ENCOUNTERS_MAX ||
        !c->kinds || (c->kinds & ~known))
        return lw_why_set(why, LW_EINVAL, -1, "references are asked for by a document presented");
    return LW_OK;
}

static bool may_serve(const struct lw_store *s, const struct lw_encounter_claim *c)
{
    const struct lw_bundle_document *d = &c->bundle->documents[c->document];
    return s->policy.text.n && !d->opted_out &&
           lw_policy_rule(&s->policy.rules, d->person_class, d->opted_out, c->bundle->direction)
               ->encounters;
}

int lw_store_encounters_find(struct lw_store *s, const struct lw_encounter_claim *claim,
                             struct lw_encounters *out, struct lw_why *why)
{
    struct lw_encounters found = {.n = 0};
    int r = check_claim(claim, why);
    if (r < 0)
        return r;
    LW_AUTO_MEM(struct search) f = calloc(1, sizeof(*f));
    if (!f)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    *f = (struct search){
        .s = s, .claim = claim, .now = lw_now_utc_us(), .n_identities = 1, .out = &found};
    r = may_serve(s, claim) ? lw_store_identify(s, &claim->identified, f->identities[0].bytes)
                            : LW_ENOTFOUND;
    if (r == LW_OK)
        r = find_all(f, why);
    else if (r != LW_ENOTFOUND)
        return lw_why_set(why, LW_ECRYPTO, -1, "no digest");
    if (r == LW_OK && found.n + found.refused > 0)
        r = note_found(s, claim, &found, why);
    if (r < 0 && r != LW_ENOTFOUND) {
        lw_encounters_wipe(&found);
        return r;
    }
    *out = found;
    return LW_OK;
}

void lw_encounters_wipe(struct lw_encounters *e)
{
    for (size_t i = 0; i < e->n; i++) {
        uint8_t *bytes = (uint8_t *)(uintptr_t)e->v[i].bytes.data;
        lw_wipe(bytes, e->v[i].bytes.n);
        free(bytes);
    }
    *e = (struct lw_encounters){.n = 0};
}

/* --- links --- */

/* When the last reference of either goes; LW_ENOTFOUND where there is none. */
static int due_of_both(struct lw_sql *q, const struct identity id[2], int64_t *due,
                       struct lw_why *why)
{
    int r = lw_sql_int(q, why, due,
                       "SELECT ifnull(max(due_utc_us), 0) FROM encounter"
                       " WHERE identity IN (?, ?)",
                       LW_BIND(LW_B(span_of(&id[0])), LW_B(span_of(&id[1]))));
    if (r == LW_OK && *due == 0)
        return lw_why_set(why, LW_ENOTFOUND, -1, "neither document has references");
    return r;
}

static int insert_link(struct lw_store *s, const struct identity *from, const struct identity *to,
                       int64_t due, struct lw_why *why)
{
    uint8_t proof[LW_HMAC_BYTES];
    int64_t others = 0;
    if (lw_encounter_prove_link(s->keys, proof, s->identity.id, from->bytes, to->bytes) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no digest");
    int r = lw_sql_int(&s->q, why, &others,
                       "SELECT count(*) FROM encounter_link WHERE identity = ? AND linked <> ?",
                       LW_BIND(LW_B(span_of(from)), LW_B(span_of(to))));
    if (r == LW_OK && others >= LW_ENCOUNTER_LINKS_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "a document is linked to %d others at most",
                          LW_ENCOUNTER_LINKS_MAX);
    if (r < 0)
        return r;
    return lw_sql_run(&s->q, why,
                      "INSERT INTO encounter_link (identity, linked, due_utc_us, proof)"
                      " VALUES (?, ?, ?, ?) ON CONFLICT (identity, linked)"
                      " DO UPDATE SET due_utc_us = max(due_utc_us, excluded.due_utc_us)",
                      LW_BIND(LW_B(span_of(from)), LW_B(span_of(to)), LW_I(due),
                              LW_B(((struct lw_span){.data = proof, .n = sizeof(proof)}))));
}

static int link_both(struct lw_store *s, const struct identity id[2], const char *ground,
                     struct lw_why *why)
{
    char detail[GROUND_MAX + 16];
    int64_t due = 0;
    int r = due_of_both(&s->q, id, &due, why);
    if (r < 0 || (r = insert_link(s, &id[0], &id[1], due, why)) < 0 ||
        (r = insert_link(s, &id[1], &id[0], due, why)) < 0)
        return r;
    snprintf(detail, sizeof(detail), "ground=%s", ground);
    return lw_store_note(s, "link", s->identity.id, detail, why);
}

int lw_store_encounter_link(struct lw_store *s, const struct lw_store_document *a,
                            const struct lw_store_document *b, const char *ground,
                            struct lw_why *why)
{
    struct identity id[2];
    if (!s->policy.text.n || !(s->policy.rules.correctors & (1u << s->actor.role)))
        return lw_why_set(why, LW_EINVAL, -1, "the policy does not let the role %s link documents",
                          lw_role_name(s->actor.role));
    if (!lw_store_is_ground(ground, GROUND_MAX))
        return lw_why_set(why, LW_EINVAL, -1, "a link needs a ground of 1 to %d bytes", GROUND_MAX);
    if (!a->authentic || !b->authentic)
        return lw_why_set(why, LW_EINVAL, -1, "both documents have to be authentic");
    if (lw_store_identify(s, a, id[0].bytes) < 0 || lw_store_identify(s, b, id[1].bytes) < 0 ||
        memcmp(id[0].bytes, id[1].bytes, LW_HMAC_BYTES) == 0)
        return lw_why_set(why, LW_EINVAL, -1, "two documents with issuer and number are needed");
    int r = lw_store_begin(s, why);
    return r < 0 ? r : lw_store_finish(s, link_both(s, id, ground, why), why);
}
