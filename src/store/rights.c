/* Erasure and correction on request. */
#include "store/rights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "crypt/digest.h"
#include "store/person.h"
#include "store/put.h"

/* --- erasure: what is the person's becomes due now, and a purge does the rest --- */

enum { DECISIONS_FROM = 2 };
static const char *const due_now[] =
    {/* no later than ?4 */
     "UPDATE blob_key SET due_utc_us = ?4 WHERE due_utc_us > ?4 AND blob IN (SELECT seq FROM blob"
     " WHERE record = ?1 AND (document = ?2 OR occupant = ?3))",
     "UPDATE blob SET due_utc_us = ?4 WHERE due_utc_us > ?4 AND record = ?1"
     " AND (document = ?2 OR occupant = ?3)",
     "UPDATE occupant SET due_utc_us = ?4 WHERE due_utc_us > ?4 AND record = ?1 AND n = ?3"
     " AND ?2 >= 0",
     "UPDATE document SET due_utc_us = ?4 WHERE due_utc_us > ?4 AND record = ?1 AND n = ?2"
     " AND ?3 >= -1",
     "UPDATE record SET bytes_due_utc_us = min(bytes_due_utc_us, ?4), due_utc_us ="
     " max((SELECT ifnull(max(due_utc_us), 0) FROM occupant WHERE record = ?1),"
     "     (SELECT ifnull(max(due_utc_us), 0) FROM document WHERE record = ?1))"
     " WHERE seq = ?1 AND ?2 >= 0 AND ?3 >= -1"};

static int make_due(struct lw_store *s, const struct lw_person_record *p, int64_t now,
                    struct lw_why *why)
{
    int r = LW_OK;
    for (size_t i = 0; r == LW_OK && i < LW_COUNT(due_now); i++)
        r = lw_sql_run(&s->q, why, due_now[i],
                       LW_BIND(LW_I(p->seq), LW_I(p->document), LW_I(p->occupant), LW_I(now)));
    return r;
}

/* 1: made due; 0: the policy keeps it until its time. */
static int erase_record(struct lw_store *s, const struct lw_request *q,
                        const struct lw_person_record *p, int64_t now, struct lw_why *why)
{
    struct lw_store_policy policy;
    LW_AUTO_MEM(uint8_t) text = NULL;
    int r = lw_person_policy(s, p->policy, &policy, &text, why);
    if (r < 0 || (r = lw_person_allow(s, &policy.rules, policy.rules.erasers, "erase", why)) < 0)
        return r;
    const bool right = lw_policy_rule(&policy.rules, p->person_class, p->opted_out, p->direction)
                           ->erase_on_request;
    r = lw_person_note(s, q, "erase_request", p->id, right ? "granted" : "refused by the policy",
                       why);
    if (r < 0 || !right)
        return r;
    r = make_due(s, p, now, why);
    return r < 0 ? r : 1;
}

static int erase_all(struct lw_store *s, const struct lw_request *q, int64_t now,
                     struct lw_erase_report *out, struct lw_why *why)
{
    struct lw_person person = {.n = 0};
    int r = lw_person_find(s, q, &person, why);
    for (size_t i = 0; r >= 0 && i < person.n; i++) {
        r = erase_record(s, q, &person.v[i], now, why);
        out->records += r == 1;
        out->refused += r == 0;
    }
    free(person.v);
    return lw_mini(r, LW_OK);
}

int lw_store_erase(struct lw_store *s, const struct lw_request *q, int64_t now_utc_us,
                   struct lw_erase_report *out, struct lw_why *why)
{
    struct lw_erase_report report = {.records = 0};
    const int64_t now = now_utc_us ? now_utc_us : lw_now_utc_us();
    struct lw_purge_opts purge = LW_PURGE_DEFAULTS;
    struct lw_purge_report look;
    purge.now_utc_us = now;
    purge.dry_run = true; /* a clock that jumped is told before anything is promised */
    int r = lw_store_purge(s, &purge, &look, why);
    if (r < 0)
        return r;
    lw_strbuf_clear(&look.certificate);
    if ((r = lw_store_begin(s, why)) < 0)
        return r;
    r = lw_store_finish(s, erase_all(s, q, now, &report, why), why);
    purge.dry_run = false;
    if (r < 0 || (r = lw_store_purge(s, &purge, &report.purge, why)) < 0)
        return r;
    *out = report;
    return LW_OK;
}

/* --- correction --- */

struct correcting {
    struct lw_store *s;
    const struct lw_request *request;
    const struct lw_correction *change;
    struct lw_person_record at;
    struct lw_store_policy policy;
    uint8_t *text; /* of the policy */
    struct lw_record old, rec;
};

static int find_record(struct correcting *c, struct lw_why *why)
{
    struct lw_person person = {.n = 0};
    int r = lw_person_find(c->s, c->request, &person, why);
    if (r < 0)
        return r;
    size_t i = 0;
    while (i < person.n && strcmp(person.v[i].id, c->change->record) != 0)
        i++;
    if (i < person.n)
        c->at = person.v[i];
    else
        r = lw_why_set(why, LW_ENOTFOUND, -1, "record %.64s is none of that document's holder",
                       c->change->record);
    free(person.v);
    return r;
}

static int read_old(struct correcting *c, struct lw_why *why)
{
    sqlite3_stmt *st;
    int64_t later = 0;
    int r = lw_sql_int(&c->s->q, why, &later, "SELECT count(*) FROM record WHERE corrects = ?",
                       LW_BIND(LW_T(c->at.id)));
    if (r == LW_OK && later)
        return lw_why_set(why, LW_EINVAL, -1, "record %s was corrected before: correct that one",
                          c->at.id);
    if (r < 0 ||
        (r = lw_sql_begin(&c->s->q, why, &st, "SELECT bytes FROM record WHERE seq = ?",
                          LW_BIND(LW_I(c->at.seq)))) < 0 ||
        (r = lw_sql_next(&c->s->q, st, why)) <= 0)
        return r;
    const struct lw_span bytes = lw_sql_bytes(st, 0);
    r = bytes.n ? lw_record_parse(&c->old, bytes, why)
                : lw_why_set(why, LW_ENOTFOUND, -1, "the text of record %s was purged", c->at.id);
    lw_sql_done(st);
    return r;
}

static int refer(struct correcting *c, size_t document, struct lw_why *why)
{
    struct lw_outcome *o = &c->rec.outcome;
    if (o->documents[document].status != LW_DOC_MATCHED || c->at.occupant < 0)
        return lw_why_set(why, LW_EINVAL, -1, "nobody was verified with that document");
    struct lw_occupant *who = &o->occupants[c->at.occupant];
    who->decision = LW_REFERRAL;
    who->document = -1;
    who->reasons = 1u << LW_REASON_MISMATCH;
    o->documents[document].status = LW_DOC_MISMATCH;
    return LW_OK;
}

static int verify_seat(struct correcting *c, size_t document, struct lw_why *why)
{
    struct lw_outcome *o = &c->rec.outcome;
    const char *seat = c->change->verified_seat;
    if (o->documents[document].status == LW_DOC_MATCHED)
        return lw_why_set(why, LW_EINVAL, -1, "somebody was verified with that document already");
    if (o->documents[document].status == LW_DOC_OPTED_OUT)
        return lw_why_set(why, LW_EINVAL, -1, "the holder declined to be photographed");
    for (size_t i = 0; i < o->n_occupants; i++) {
        struct lw_occupant *who = &o->occupants[i];
        if (strcmp(who->seat, seat) != 0 || who->decision == LW_VERIFIED ||
            who->reasons & (1u << LW_REASON_OPTED_OUT))
            continue;
        who->decision = LW_VERIFIED;
        who->document = (int)document;
        who->reasons = 0;
        o->documents[document].status = LW_DOC_MATCHED;
        return LW_OK;
    }
    return lw_why_set(why, LW_EINVAL, -1, "nobody who is not verified sits at %.8s", seat);
}

static void judge_again(struct lw_outcome *o)
{
    o->verified = o->n_occupants > 0;
    for (size_t i = 0; i < o->n_occupants; i++)
        o->verified = o->verified && o->occupants[i].decision == LW_VERIFIED;
    for (size_t d = 0; d < o->n_documents; d++)
        o->verified = o->verified && o->documents[d].status == LW_DOC_MATCHED;
}

static bool is_lane(const char *s, size_t cap)
{
    size_t n = 0;
    while (s[n] >= 0x20 && s[n] < 0x7f)
        n++;
    return n > 0 && n < cap && !s[n];
}

static int change(struct correcting *c, struct lw_why *why)
{
    const struct lw_correction *x = c->change;
    struct lw_bundle *b = &c->rec.bundle;
    const size_t d = (size_t)c->at.document;
    int r = LW_OK;
    if (x->lane && !is_lane(x->lane, sizeof(b->lane)))
        return lw_why_set(why, LW_EINVAL, -1, "a lane is printable ASCII of 1 to %zu bytes",
                          sizeof(b->lane) - 1);
    if (x->not_me && x->verified_seat)
        return lw_why_set(why, LW_EINVAL, -1, "either somebody was verified or nobody");
    if (x->lane)
        snprintf(b->lane, sizeof(b->lane), "%s", x->lane);
    if (x->direction)
        b->direction = *x->direction;
    if (x->opened_utc_us)
        b->opened_utc_us = *x->opened_utc_us;
    if (x->person_class)
        b->documents[d].person_class = *x->person_class;
    if (x->not_me)
        r = refer(c, d, why);
    else if (x->verified_seat)
        r = verify_seat(c, d, why);
    judge_again(&c->rec.outcome);
    return r;
}

static int name(struct correcting *c, struct lw_why *why)
{
    uint8_t random[10];
    if (lw_random_bytes(random, sizeof(random)) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no random bytes");
    lw_ulid_print(c->rec.id, lw_now_utc_us(), random);
    snprintf(c->rec.corrects, sizeof(c->rec.corrects), "%s", c->old.id);
    return LW_OK;
}

static int differs(const struct correcting *c, struct lw_why *why)
{
    LW_AUTO_STRBUF a = LW_STRBUF_INIT;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_record rec = c->rec;
    memcpy(rec.id, c->old.id, sizeof(rec.id));
    memcpy(rec.corrects, c->old.corrects, sizeof(rec.corrects));
    if (lw_record_print(&a, &c->old) < 0 || lw_record_print(&b, &rec) < 0)
        return lw_why_set(why, LW_EINVAL, -1, "the correction contradicts itself");
    return strcmp(lw_strbuf_peek(&a), lw_strbuf_peek(&b)) != 0
               ? LW_OK
               : lw_why_set(why, LW_EINVAL, -1, "the correction changes nothing");
}

/* What is kept of the person under the old record goes no later than the corrected one says. */
static const char *const shorten[] = {
    "UPDATE blob_key SET due_utc_us = min(due_utc_us, ?4) WHERE blob IN (SELECT seq FROM blob"
    " WHERE record = ?1 AND n = ?2 AND ?3 >= 0)",
    "UPDATE blob SET due_utc_us = min(due_utc_us, ?4) WHERE record = ?1 AND n = ?2 AND ?3 >= 0"};

static int64_t due_of_blob(const struct correcting *c, const char *kind, bool of_document)
{
    const struct lw_policy *p = &c->policy.rules;
    const size_t d = (size_t)c->at.document;
    if (of_document)
        return strcmp(kind, "fields") == 0 ? lw_due_of_item(p, &c->rec, LW_ITEM_FIELDS, d, NULL)
                                           : lw_due_of_portrait(p, &c->rec, d, NULL);
    return lw_due_of_item(p, &c->rec, strcmp(kind, "photo") == 0 ? LW_ITEM_PHOTO : LW_ITEM_TEMPLATE,
                          (size_t)c->at.occupant, NULL);
}

enum { BLOBS_MAX = LW_STORE_BLOBS_MAX };
struct blob_due {
    int64_t n, due;
};

static int list_blobs(const struct correcting *c, struct blob_due *v, size_t *n, struct lw_why *why)
{
    sqlite3_stmt *st;
    char kind[16];
    *n = 0;
    int r = lw_sql_begin(&c->s->q, why, &st,
                         "SELECT n, kind, document IS NOT NULL FROM blob WHERE record = ?"
                         " AND (document = ? OR occupant = ?)",
                         LW_BIND(LW_I(c->at.seq), LW_I(c->at.document), LW_I(c->at.occupant)));
    while (r == 0 && (r = lw_sql_next(&c->s->q, st, why)) == 1 && *n < BLOBS_MAX) {
        lw_sql_text(st, 1, kind, sizeof(kind));
        v[(*n)++] = (struct blob_due){sqlite3_column_int64(st, 0),
                                      due_of_blob(c, kind, sqlite3_column_int(st, 2) != 0)};
        r = 0;
    }
    return r;
}

static int shorten_old(const struct correcting *c, struct lw_why *why)
{
    struct blob_due v[BLOBS_MAX];
    struct lw_dues dues;
    size_t n;
    int r = list_blobs(c, v, &n, why);
    lw_dues_set(&dues, &c->policy.rules, &c->rec, NULL);
    for (size_t i = 0; r == LW_OK && i < n; i++)
        for (size_t k = 0; r == LW_OK && k < LW_COUNT(shorten); k++)
            r = lw_sql_run(&c->s->q, why, shorten[k],
                           LW_BIND(LW_I(c->at.seq), LW_I(v[i].n), LW_I(0), LW_I(v[i].due)));
    for (size_t k = DECISIONS_FROM; r == LW_OK && k < LW_COUNT(due_now); k++)
        r = lw_sql_run(&c->s->q, why, due_now[k],
                       LW_BIND(LW_I(c->at.seq), LW_I(c->at.document), LW_I(c->at.occupant),
                               LW_I(dues.document[c->at.document])));
    return r;
}

/* Everybody is found under the new record as under the old one. */
static int carry_identities(const struct correcting *c, struct lw_why *why)
{
    return lw_sql_run(&c->s->q, why,
                      "UPDATE document SET identity = (SELECT old.identity FROM document old"
                      " WHERE old.record = ?1 AND old.n = document.n), authentic ="
                      " (SELECT ifnull(max(old.authentic), 0) FROM document old"
                      " WHERE old.record = ?1 AND old.n = document.n)"
                      " WHERE record = (SELECT seq FROM record WHERE id = ?2)",
                      LW_BIND(LW_I(c->at.seq), LW_T(c->rec.id)));
}

static int prepare(struct correcting *c, struct lw_why *why)
{
    int r = find_record(c, why);
    if (r < 0 || (r = lw_person_policy(c->s, c->at.policy, &c->policy, &c->text, why)) < 0 ||
        (r = lw_person_allow(c->s, &c->policy.rules, c->policy.rules.correctors, "correct", why)) <
            0 ||
        (r = read_old(c, why)) < 0)
        return r;
    c->rec = c->old;
    if ((r = change(c, why)) < 0 || (r = differs(c, why)) < 0)
        return r;
    return name(c, why);
}

/* The new record stands under the policy of the old one, whatever the store is opened with. */
static int put_corrected(struct correcting *c, struct lw_why *why)
{
    struct lw_putting p;
    const struct lw_store_entry entry = {.record = &c->rec};
    const struct lw_store_policy policy = c->s->policy;
    const int64_t policy_seq = c->s->policy_seq;
    c->s->policy = c->policy;
    c->s->policy_seq = c->at.policy;
    int r = lw_putting_prepare(&p, c->s, &entry, why);
    if (r == LW_OK)
        r = lw_putting_write(&p, c->s, why);
    lw_putting_clear(&p);
    c->s->policy = policy;
    c->s->policy_seq = policy_seq;
    return r;
}

static int correct(struct correcting *c, struct lw_why *why)
{
    int r = prepare(c, why);
    if (r < 0 || (r = put_corrected(c, why)) < 0 || (r = carry_identities(c, why)) < 0 ||
        (r = shorten_old(c, why)) < 0)
        return r;
    return lw_person_note(c->s, c->request, "correct_request", c->old.id, "granted", why);
}

int lw_store_correct(struct lw_store *s, const struct lw_request *q, const struct lw_correction *x,
                     char id[LW_BUNDLE_ID], struct lw_why *why)
{
    struct correcting *c = calloc(1, sizeof(*c));
    if (!c)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    c->s = s;
    c->request = q;
    c->change = x;
    int r = lw_store_begin(s, why);
    if (r == LW_OK)
        r = lw_store_finish(s, correct(c, why), why);
    if (r == LW_OK)
        snprintf(id, LW_BUNDLE_ID, "%s", c->rec.id);
    free(c->text);
    free(c);
    return r;
}
