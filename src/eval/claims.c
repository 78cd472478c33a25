#include "eval/claims.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

/* The person whose document it is, NULL where the truth does not say. */
static const char *holder_of(const struct lw_claim_vehicle *v, size_t document)
{
    for (size_t i = 0; i < v->truth->n_occupants; i++)
        if (v->truth->occupants[i].document == (int)document)
            return v->truth->occupants[i].person;
    return NULL;
}

/* May this person be held against that document? */
static bool is_false(const struct lw_claim_vehicle *v, int person, const struct lw_claim_vehicle *w,
                     size_t document)
{
    const char *holder = holder_of(w, document);
    if (!w->usable[document])
        return false;
    if (!holder)
        return v == w; /* somebody who is not in this vehicle, but may be in another one */
    return strcmp(holder, v->truth->occupants[person].person) != 0;
}

struct walk {
    const struct lw_claim_vehicle *v;
    size_t n;
    double share; /* of the swapped claims that is drawn */
    struct lw_rng rng;
    struct lw_claim *out; /* NULL: only counted */
    size_t own, swapped;
};

static void put(struct walk *k, const struct lw_claim *c)
{
    bool own = c->vehicle == c->of_vehicle;
    if (!own && k->out && lw_rng_unit(&k->rng) >= k->share)
        return;
    if (k->out)
        k->out[k->own + k->swapped] = *c;
    if (own)
        k->own++;
    else
        k->swapped++;
}

static void claim_all(struct walk *k, uint32_t vehicle, uint32_t occupant, int person)
{
    for (uint32_t w = 0; w < k->n; w++)
        for (uint32_t d = 0; d < k->v[w].n_documents; d++)
            if (is_false(&k->v[vehicle], person, &k->v[w], d))
                put(k, &(struct lw_claim){vehicle, occupant, w, d});
}

static void walk_all(struct walk *k)
{
    for (uint32_t i = 0; i < k->n; i++)
        for (uint32_t a = 0; a < LW_OCCUPANTS_MAX; a++) {
            int person = k->v[i].score->person_of[a];
            if (person >= 0 && !k->v[i].score->people[person].opted_out)
                claim_all(k, i, a, person);
        }
}

int lw_claims_list(struct lw_claim **out, size_t *n_out, const struct lw_claim_vehicle *v, size_t n,
                   size_t cap)
{
    struct walk counted = {.v = v, .n = n};
    walk_all(&counted);
    size_t room = cap > counted.own ? cap - counted.own : 0;
    struct walk k = {.v = v, .n = n, .rng = lw_rng_seed(1)};
    k.share = counted.swapped > room ? (double)room / (double)counted.swapped : 1;
    k.out = calloc(counted.own + counted.swapped + 1, sizeof(*k.out));
    if (!k.out)
        return LW_ENOMEM;
    walk_all(&k);
    *out = k.out;
    *n_out = k.own + k.swapped;
    return LW_OK;
}
