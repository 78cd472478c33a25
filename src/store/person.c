#include "store/person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_request(const struct lw_store *s, const struct lw_request *q, struct lw_why *why)
{
    if (!lw_store_is_ground(q->ground, LW_GROUND_MAX))
        return lw_why_set(why, LW_EINVAL, -1, "a ground of 1 to %d bytes is needed", LW_GROUND_MAX);
    if (strspn(s->actor.purpose, " ") == strlen(s->actor.purpose))
        return lw_why_set(why, LW_EINVAL, -1, "a purpose is needed");
    return LW_OK;
}

static unsigned index_of(const char *word, const char *(*name)(unsigned), unsigned n)
{
    unsigned i = 0;
    while (i < n && strcmp(word, name(i)) != 0)
        i++;
    return i;
}

static const char *class_name(unsigned i)
{
    return lw_person_class_name((enum lw_person_class)i);
}

static int take_row(struct lw_person *p, sqlite3_stmt *st)
{
    char word[24];
    struct lw_person_record r = {.seq = sqlite3_column_int64(st, 0),
                                 .policy = sqlite3_column_int64(st, 2),
                                 .document = sqlite3_column_int(st, 3),
                                 .occupant = -1,
                                 .opted_out = sqlite3_column_int(st, 6) != 0};
    lw_sql_text(st, 1, r.id, sizeof(r.id));
    if (sqlite3_column_type(st, 4) != SQLITE_NULL)
        r.occupant = sqlite3_column_int(st, 4);
    lw_sql_text(st, 5, word, sizeof(word));
    r.person_class = (enum lw_person_class)index_of(word, class_name, LW_CLASS_UNKNOWN);
    lw_sql_text(st, 7, word, sizeof(word));
    r.direction = strcmp(word, "outbound") == 0 ? LW_OUTBOUND : LW_INBOUND;
    struct lw_person_record *v = realloc(p->v, (p->n + 1) * sizeof(*v));
    if (!v)
        return LW_ENOMEM;
    p->v = v;
    p->v[p->n++] = r;
    return LW_OK;
}

static int find_rows(struct lw_store *s, struct lw_span identity, struct lw_person *p,
                     struct lw_why *why)
{
    sqlite3_stmt *st;
    int r = lw_sql_begin(&s->q, why, &st,
                         "SELECT record.seq, record.id, record.policy, d.n, o.n, d.class,"
                         " d.opted_out, record.direction FROM document d"
                         " JOIN record ON record.seq = d.record"
                         " LEFT JOIN occupant o ON o.record = d.record AND o.document = d.n"
                         " WHERE d.identity = ? ORDER BY record.seq LIMIT ?",
                         LW_BIND(LW_B(identity), LW_I(LW_PERSON_RECORDS_MAX)));
    while (r == 0 && (r = lw_sql_next(&s->q, st, why)) == 1)
        if ((r = take_row(p, st)) < 0) {
            lw_sql_done(st);
            return lw_why_set(why, r, -1, "no memory");
        }
    return r;
}

int lw_person_find(struct lw_store *s, const struct lw_request *q, struct lw_person *out,
                   struct lw_why *why)
{
    struct lw_person p = {.n = 0};
    uint8_t identity[LW_HMAC_BYTES];
    int r = check_request(s, q, why);
    if (r < 0)
        return r;
    if (s->writer)
        return lw_why_set(why, LW_EUNSUP, -1, "requests need a store opened without a writer");
    r = lw_store_identify(s, &q->who, identity);
    if (r < 0)
        return lw_why_set(why, LW_EINVAL, -1, "issuing state and document number are needed");
    r = find_rows(s, (struct lw_span){.data = identity, .n = sizeof(identity)}, &p, why);
    if (r == LW_OK && p.n == 0)
        r = lw_why_set(why, LW_ENOTFOUND, -1, "nothing is kept of the holder of that document");
    if (r < 0) {
        free(p.v);
        return r;
    }
    *out = p;
    return LW_OK;
}

int lw_person_policy(struct lw_store *s, int64_t seq, struct lw_store_policy *out, uint8_t **text,
                     struct lw_why *why)
{
    sqlite3_stmt *st;
    int r =
        lw_sql_begin(&s->q, why, &st, "SELECT text FROM policy WHERE seq = ?", LW_BIND(LW_I(seq)));
    if (r < 0 || (r = lw_sql_next(&s->q, st, why)) <= 0)
        return r < 0 ? r : lw_why_set(why, LW_EFORMAT, -1, "a record has no policy");
    const struct lw_span stored = lw_sql_bytes(st, 0);
    uint8_t *copy = malloc(stored.n + 1);
    if (copy && stored.n)
        memcpy(copy, stored.data, stored.n);
    lw_sql_done(st);
    if (!copy)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    r = lw_policy_take(out, (struct lw_span){.data = copy, .n = stored.n}, why);
    if (r < 0)
        free(copy);
    else
        *text = copy;
    return r;
}

int lw_person_allow(const struct lw_store *s, const struct lw_policy *p, uint32_t roles,
                    const char *what, struct lw_why *why)
{
    if (roles & (1u << s->actor.role))
        return LW_OK;
    return lw_why_set(why, LW_EINVAL, -1, "policy %s does not let the role %s %s", p->name,
                      lw_role_name(s->actor.role), what);
}

int lw_person_note(struct lw_store *s, const struct lw_request *q, const char *action,
                   const char *record, const char *more, struct lw_why *why)
{
    char detail[LW_GROUND_MAX + 128];
    snprintf(detail, sizeof(detail), "ground=%s%s%s", q->ground, *more ? " " : "", more);
    int r = lw_store_check_texts(action, record, detail, why);
    return r < 0 ? r : lw_store_note(s, action, record, detail, why);
}
