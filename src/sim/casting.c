/* Who appears, and which of their photographs is the document's and which the lane's. */
#include <stdlib.h>

#include "sim/papers.h"
#include "sim/script.h"

void lw_sim_role_clear(struct lw_sim_role *r)
{
    lw_image_unref(&r->portrait);
    lw_sim_cutout_free(&r->cut);
}

int lw_sim_shuffle(struct lw_sim_script *p)
{
    const size_t n = p->cast->people->n;
    p->order = malloc(n * sizeof(*p->order));
    if (!p->order)
        return LW_ENOMEM;
    for (size_t i = 0; i < n; i++)
        p->order[i] = i;
    p->casting = lw_rng_fork(&p->root, LW_PART_CAST);
    for (size_t i = n; i > 1; i--) {
        const size_t k = lw_rng_below(&p->casting, (uint32_t)i);
        const size_t t = p->order[i - 1];
        p->order[i - 1] = p->order[k];
        p->order[k] = t;
    }
    return LW_OK;
}

/* An unreadable photograph is passed over like one without a face. */
static int load(struct lw_sim_script *p, size_t person, size_t photo, struct lw_sim_photo *out)
{
    const int r = lw_sim_photo_load(out, p->cast->people, person, photo, p->cast->kit, NULL);
    return r == LW_ENOMEM ? r : r > 0;
}

/* The best of a person's other photographs for the lane: the one most nearly from the front, since
 * the head that is built on it turns by itself. */
static int load_lane_photo(struct lw_sim_script *p, size_t person, size_t not,
                           struct lw_sim_photo *best)
{
    const size_t n = p->cast->people->v[person].n_photos;
    int found = 0;
    for (size_t i = 1; i < n && i <= 4; i++) {
        struct lw_sim_photo other = {.image = NULL};
        const int r = load(p, person, (not +i) % n, &other);
        if (r < 0)
            return r;
        if (r && (!found || fabsf(other.face.yaw_deg) < fabsf(best->face.yaw_deg))) {
            lw_sim_photo_clear(best);
            *best = other;
            found = 1;
        } else {
            lw_sim_photo_clear(&other);
        }
    }
    return found;
}

/* The two pictures of one person; with a single photograph both come from it. */
static int dress(struct lw_sim_script *p, size_t person, size_t first, struct lw_sim_role *out)
{
    struct lw_sim_photo card = {.image = NULL}, lane = {.image = NULL};
    int r = load(p, person, first, &card);
    if (r > 0) {
        r = load_lane_photo(p, person, first, &lane);
        if (r >= 0)
            r = lw_sim_cutout_new(&out->cut, r ? &lane : &card, p->scene->infrared);
        if (r == LW_OK)
            r = lw_sim_portrait_cut(&out->portrait, &card);
        if (r < 0)
            lw_sim_cutout_free(&out->cut);
        r = r == LW_OK ? 1 : r;
    }
    lw_sim_photo_clear(&card);
    lw_sim_photo_clear(&lane);
    out->person = person;
    return r;
}

int lw_sim_next_role(struct lw_sim_script *p, struct lw_sim_role *out)
{
    while (p->next < p->cast->people->n) {
        const size_t person = p->order[p->next++];
        const size_t n = p->cast->people->v[person].n_photos;
        const size_t first = lw_rng_below(&p->casting, (uint32_t)n);
        for (size_t i = 0; i < n && i < 4; i++) {
            const int r = dress(p, person, (first + i) % n, out);
            if (r != 0)
                return r;
        }
    }
    return 0;
}
