#include "app/lane_calibration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "eval/photos.h"
#include "eval/verification.h"

struct calibration {
    struct lw_scores scores;
    size_t room, occupants, vehicles;
    const struct lw_photos *photos;
    struct lw_matcher *matcher;
};

/* Is the photograph in the folder of that person? */
static bool is_of(const struct lw_photo *photo, const char *person)
{
    const size_t n = strlen(person);
    return strncmp(photo->name, person, n) == 0 && photo->name[n] == '/';
}

static void take(struct calibration *c, float score, bool genuine)
{
    const struct lw_comparison one = {.score = score};
    if (genuine) {
        c->scores.matches[c->scores.n_genuine++] = one;
        c->scores.genuine++;
    } else {
        c->scores.top[c->scores.n_top++] = one;
        c->scores.impostor++;
    }
}

static int compare_one(struct calibration *c, const struct lw_template *face, const char *person,
                       struct lw_why *why)
{
    for (size_t i = 0; i < c->photos->n; i++) {
        const struct lw_photo *photo = &c->photos->v[i];
        float score;
        if (!photo->tmpl)
            continue;
        int r = lw_matcher_compare(c->matcher, face, photo->tmpl, &score, why);
        if (r < 0)
            return r;
        take(c, score, is_of(photo, person));
    }
    c->occupants++;
    return LW_OK;
}

static int compare_vehicle(struct calibration *c, const struct lw_crossing_result *r,
                           const struct lw_vehicle_score *score, const struct lw_truth *truth,
                           struct lw_why *why)
{
    for (size_t i = 0; i < r->outcome.n_occupants; i++) {
        const struct lw_template *face = r->templates.occupants[i];
        const int who = score->person_of[i];
        if (!face || who < 0 || !r->outcome.occupants[i].captured)
            continue;
        int done = compare_one(c, face, truth->occupants[who].person, why);
        if (done < 0)
            return done;
    }
    c->vehicles++;
    return LW_OK;
}

static int make_room(struct calibration *c, const struct lw_lane_pass *p)
{
    for (size_t i = 0; i < p->n; i++)
        c->room += p->results[i]->outcome.n_occupants;
    c->room = c->room * c->photos->n + 1;
    c->scores.matches = calloc(c->room, sizeof(*c->scores.matches));
    c->scores.top = calloc(c->room, sizeof(*c->scores.top));
    return c->scores.matches && c->scores.top ? LW_OK : LW_ENOMEM;
}

static void say(struct lw_strbuf *out, const struct calibration *c)
{
    const struct lw_verification v = {.scores = &c->scores};
    char data[200];
    snprintf(data, sizeof(data),
             "%zu fused occupants of %zu vehicles against %zu photographs of %zu people",
             c->occupants, c->vehicles, c->photos->n, c->photos->people);
    lw_verification_put_calibration(
        out, &v, data,
        "lanewise eval crossings DIR --out DIR --strangers PHOTOS --calibration FILE");
}

static int compare_all(struct calibration *c, const struct lw_lane_pass *p,
                       const struct lw_lanes *lanes, struct lw_why *why)
{
    if (make_room(c, p) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    for (size_t i = 0; i < p->n; i++) {
        int r = compare_vehicle(c, p->results[i], &p->scores[i], lanes->v[i].truth, why);
        if (r < 0)
            return r;
    }
    if (c->scores.genuine == 0 || c->scores.impostor == 0)
        return lw_why_set(why, LW_EFORMAT, -1,
                          "no folder of the photographs is named as the truth names a person");
    lw_comparisons_sort(c->scores.matches, c->scores.n_genuine);
    lw_comparisons_sort(c->scores.top, c->scores.n_top);
    return LW_OK;
}

static void progress(size_t done, size_t total)
{
    lw_progress("photographs", done, total);
}

int lw_lane_calibrate(struct lw_strbuf *out, const struct lw_lane_pass *p,
                      const struct lw_lanes *lanes, struct lw_facekit *kit, const char *dir,
                      unsigned threads, struct lw_why *why)
{
    struct calibration c = {.matcher = lw_facekit_matcher(kit)};
    LW_AUTO(lw_photos) photos = NULL;
    int r = lw_photos_list(&photos, dir, why);
    if (r >= 0)
        r = lw_photos_extract(photos, kit, threads, progress, why);
    lw_progress_end();
    if (r < 0)
        return r;
    c.photos = photos;
    r = compare_all(&c, p, lanes, why);
    if (r >= 0)
        say(out, &c);
    lw_scores_clear(&c.scores);
    return r;
}
