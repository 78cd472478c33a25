#include "store/policies.h"

#include <stdio.h>
#include <string.h>

#include "crypt/hex.h"
#include "store/audit_chain.h"
#include "store/sql.h"

int lw_policy_take(struct lw_store_policy *out, struct lw_span text, struct lw_why *why)
{
    struct lw_store_policy p = {.text = text};
    int r = lw_policy_parse(&p.rules, text, why);
    if (r < 0)
        return r;
    if (lw_sha256(p.sha256, text) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no digest");
    *out = p;
    return LW_OK;
}

static int print_message(struct lw_strbuf *b, const struct lw_store_identity *id,
                         struct lw_span sha256)
{
    char hex[LW_SHA256_HEX];
    if (sha256.n != LW_SHA256_BYTES)
        return LW_EINVAL;
    lw_hex_print(hex, sha256);
    lw_strbuf_printf(b, "lanewise-policy-in-use-1 %s %s", id->id, hex);
    return lw_strbuf_err(b);
}

static int sign_policy(struct lw_sql *q, struct lw_keys *keys, struct lw_span sha256,
                       uint8_t signature[LW_SIGN_BYTES], struct lw_why *why)
{
    LW_AUTO_STRBUF message = LW_STRBUF_INIT;
    struct lw_store_identity id;
    int r = lw_store_identity_read(q, &id, why);
    if (r < 0)
        return r;
    if (print_message(&message, &id, sha256) < 0 ||
        keys->ops->sign(keys, signature, lw_strbuf_span(&message)) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "the policy cannot be signed");
    return LW_OK;
}

bool lw_policy_signed(const struct lw_store_identity *id, struct lw_span sha256,
                      struct lw_span signature)
{
    LW_AUTO_STRBUF message = LW_STRBUF_INIT;
    return signature.n == LW_SIGN_BYTES && print_message(&message, id, sha256) == LW_OK &&
           lw_sign_good(id->public_key, lw_strbuf_span(&message), signature.data);
}

static int insert(struct lw_sql *q, struct lw_keys *keys, const struct lw_store_policy *p,
                  struct lw_why *why)
{
    uint8_t signature[LW_SIGN_BYTES];
    const struct lw_span sha256 = {.data = p->sha256, .n = sizeof(p->sha256)};
    const struct lw_span sig = {.data = signature, .n = sizeof(signature)};
    int r = sign_policy(q, keys, sha256, signature, why);
    if (r < 0)
        return r;
    return lw_sql_run(q, why,
                      "INSERT INTO policy (name, revision, sha256, signature, text)"
                      " VALUES (?, ?, ?, ?, ?)",
                      LW_BIND(LW_T(p->rules.name), LW_T(p->rules.revision), LW_B(sha256), LW_B(sig),
                              LW_B(p->text)));
}

/* Is this another policy than the one that was in use last? */
static int changed(struct lw_sql *q, const char *hex, bool *yes, struct lw_why *why)
{
    int64_t same = 0;
    int r = lw_sql_int(q, why, &same,
                       "SELECT count(*) FROM audit WHERE seq = (SELECT max(seq) FROM audit"
                       " WHERE action = 'policy') AND subject = ?",
                       LW_BIND(LW_T(hex)));
    *yes = !same;
    return r;
}

int lw_policy_enter(struct lw_sql *q, struct lw_keys *keys, const struct lw_actor *actor,
                    const struct lw_store_policy *p, int64_t *seq, struct lw_why *why)
{
    static const char find[] = "SELECT seq FROM policy WHERE sha256 = ?";
    const struct lw_span sha256 = {.data = p->sha256, .n = sizeof(p->sha256)};
    char hex[LW_SHA256_HEX], detail[160];
    bool other = false;
    lw_hex_print(hex, sha256);
    int r = lw_sql_int(q, why, seq, find, LW_BIND(LW_B(sha256)));
    if (r == LW_ENOTFOUND && (r = insert(q, keys, p, why)) == LW_OK)
        r = lw_sql_int(q, why, seq, find, LW_BIND(LW_B(sha256)));
    if (r < 0 || (r = changed(q, hex, &other, why)) < 0 || !other)
        return r;
    snprintf(detail, sizeof(detail), "name=%s revision=%s", p->rules.name, p->rules.revision);
    const struct lw_audit_entry e = {
        .actor = actor, .action = "policy", .subject = hex, .detail = detail};
    return lw_audit_append(q, &e, why);
}

const struct lw_policy_rule *lw_policy_document(const struct lw_policy *p,
                                                const struct lw_record *rec, size_t i)
{
    const struct lw_bundle_document *d = &rec->bundle.documents[i];
    return lw_policy_rule(p, d->person_class, d->opted_out, rec->bundle.direction);
}

const struct lw_policy_rule *lw_policy_occupant(const struct lw_policy *p,
                                                const struct lw_record *rec, size_t i)
{
    const struct lw_occupant *o = &rec->outcome.occupants[i];
    if (o->document >= 0)
        return lw_policy_document(p, rec, (size_t)o->document);
    bool opted_out = o->reasons & (1u << LW_REASON_OPTED_OUT);
    return lw_policy_rule(p, LW_CLASS_UNKNOWN, opted_out, rec->bundle.direction);
}

/* occupant -1: nobody was verified. */
static struct lw_policy_times times_of(const struct lw_record *rec, int occupant,
                                       const int64_t *verified_utc_us)
{
    struct lw_policy_times t = {.opened_utc_us = rec->bundle.opened_utc_us,
                                .closed_utc_us = rec->closed_utc_us};
    if (occupant >= 0 && rec->outcome.occupants[occupant].decision == LW_VERIFIED)
        t.verified_utc_us = verified_utc_us && verified_utc_us[occupant] ? verified_utc_us[occupant]
                                                                         : rec->closed_utc_us;
    return t;
}

static int owner_of(const struct lw_record *rec, size_t document)
{
    for (size_t i = 0; i < rec->outcome.n_occupants; i++)
        if (rec->outcome.occupants[i].document == (int)document)
            return (int)i;
    return -1;
}

static int64_t due_of_occupant(const struct lw_policy *p, const struct lw_record *rec, size_t i,
                               enum lw_item item, const int64_t *verified_utc_us)
{
    const struct lw_policy_times t = times_of(rec, (int)i, verified_utc_us);
    return lw_policy_due(lw_policy_occupant(p, rec, i), item, &t);
}

static int64_t due_of_document(const struct lw_policy *p, const struct lw_record *rec, size_t i,
                               enum lw_item item, const int64_t *verified_utc_us)
{
    const struct lw_policy_times t = times_of(rec, owner_of(rec, i), verified_utc_us);
    return lw_policy_due(lw_policy_document(p, rec, i), item, &t);
}

static void widen(struct lw_dues *d, int64_t due)
{
    d->bytes = due < d->bytes ? due : d->bytes;
    d->record = due > d->record ? due : d->record;
}

void lw_dues_set(struct lw_dues *d, const struct lw_policy *p, const struct lw_record *rec,
                 const int64_t *verified_utc_us)
{
    const struct lw_policy_rule *nobody =
        lw_policy_rule(p, LW_CLASS_UNKNOWN, false, rec->bundle.direction);
    const struct lw_policy_times t = times_of(rec, -1, NULL);
    *d = (struct lw_dues){.bytes = INT64_MAX, .record = INT64_MIN};
    for (size_t i = 0; i < rec->outcome.n_occupants; i++) {
        d->occupant[i] = due_of_occupant(p, rec, i, LW_ITEM_DECISION, verified_utc_us);
        widen(d, d->occupant[i]);
    }
    for (size_t i = 0; i < rec->outcome.n_documents; i++) {
        d->document[i] = due_of_document(p, rec, i, LW_ITEM_DECISION, verified_utc_us);
        widen(d, d->document[i]);
    }
    if (d->record == INT64_MIN) /* an empty vehicle without documents */
        widen(d, lw_policy_due(nobody, LW_ITEM_DECISION, &t));
}

int64_t lw_due_of_item(const struct lw_policy *p, const struct lw_record *rec, enum lw_item item,
                       size_t index, const int64_t *verified_utc_us)
{
    int64_t (*due)(const struct lw_policy *, const struct lw_record *, size_t, enum lw_item,
                   const int64_t *) = item == LW_ITEM_FIELDS ? due_of_document : due_of_occupant;
    int64_t own = due(p, rec, index, item, verified_utc_us);
    int64_t decision = due(p, rec, index, LW_ITEM_DECISION, verified_utc_us);
    return own < decision ? own : decision;
}

int64_t lw_due_of_portrait(const struct lw_policy *p, const struct lw_record *rec, size_t document,
                           const int64_t *verified_utc_us)
{
    int64_t due = lw_due_of_item(p, rec, LW_ITEM_FIELDS, document, verified_utc_us);
    int64_t photo = due_of_document(p, rec, document, LW_ITEM_PHOTO, verified_utc_us);
    return photo < due ? photo : due;
}
