/* app/crossing.h - one crossing offline: bundle in, outcome out. Wires cam, face, track, cross. */
#ifndef LW_APP_CROSSING_H
#define LW_APP_CROSSING_H

#include "app/documents.h"
#include "app/steps.h"
#include "cross/cabins.h"
#include "cross/policy.h"
#include "cross/regions.h"
#include "face/kit.h"
#include "face/requirements.h"

struct lw_store;
struct lw_crossing_result;

struct lw_crossing_opts {
    double fmr;               /* false match rate to verify at, default 0.0001 */
    struct lw_store *earlier; /* has photos of earlier crossings; NULL: none are used */
    const struct lw_policy
        *policy; /* who may be photographed; NULL: everybody who did not opt out */
    const struct lw_regions *regions; /* NULL: none are given */
    struct lw_cabins *cabins;         /* learnt; used where no region is given, NULL: none */
    bool learn;                       /* add this crossing to them, default false */
    const struct lw_requirement_set *requirements; /* NULL: lw_requirements_least */
    unsigned threads;                              /* worker threads, default: CPUs */
    bool pictures;                                 /* keep what a report shows, default false */
    bool shots;     /* keep crops and portraits at least, default false */
    bool templates; /* keep what an evaluation compares again, default false */
    /* Told the answer as it stands, while frames still come; t_ns: time of the last one looked at.
     * NULL: nobody is. result is borrowed for the call; templates and pictures are not in it yet.
     */
    void (*tell)(void *ctx, const struct lw_crossing_result *result, int64_t t_ns);
    void *tell_ctx;
    struct lw_steps_off off;            /* for evaluations: steps that are left out, default none */
    struct lw_documents_opts documents; /* what decodes them; threads are those above */
};

struct lw_crossing_timing {
    double total_ms, decode_ms, detect_ms, embed_ms;
    double answer_ms; /* from the last decoded frame to the outcome */
};

/* How like the document's own portrait a verified occupant is, earlier crossings left aside. */
struct lw_crossing_portrait {
    bool given;
    float score;
};

/* Pictures for a report; a NULL image was not kept. Opted-out people are masked in all of them. */
struct lw_crossing_pictures {
    struct lw_image
        *frames[LW_BUNDLE_CAMERAS_MAX]; /* the frame of each camera with most occupants */
    int64_t frame_index[LW_BUNDLE_CAMERAS_MAX];
    size_t n_boxes[LW_BUNDLE_CAMERAS_MAX]; /* faces of occupants in that frame */
    struct {
        int occupant; /* index in the outcome */
        struct lw_rect box;
    } boxes[LW_BUNDLE_CAMERAS_MAX][LW_OCCUPANTS_MAX];
    struct lw_image *shots[LW_OCCUPANTS_MAX][LW_BEST_SHOTS_MAX]; /* crops, as in the outcome */
    struct lw_image *portraits[LW_BUNDLE_DOCUMENTS_MAX];         /* never of opted-out documents */
};

/* Fused templates of the occupants, and those of the portraits; NULL where there is none. */
struct lw_crossing_templates {
    struct lw_template *occupants[LW_OCCUPANTS_MAX]; /* never of opted-out people */
    struct lw_template *documents[LW_BUNDLE_DOCUMENTS_MAX];
};

struct lw_manifest_answer; /* app/manifest.h */

struct lw_crossing_result {
    struct lw_bundle bundle;
    struct lw_outcome outcome;
    struct lw_requirement_set requirements; /* that decided who was captured */
    struct lw_crossing_timing timing;
    size_t references[LW_BUNDLE_DOCUMENTS_MAX]; /* earlier templates that were fused in */
    struct lw_crossing_portrait portrait[LW_OCCUPANTS_MAX];
    struct lw_crossing_pictures pictures;
    struct lw_crossing_templates templates;
    struct lw_paper papers[LW_BUNDLE_DOCUMENTS_MAX]; /* what the documents say */
    const struct lw_manifest_answer *manifest;       /* borrowed; NULL: no list was presented */
};

/* Only dir's crossing.json. why names the file. */
int lw_crossing_read(struct lw_bundle *bundle, const char *dir, struct lw_why *why);
/* dir holds crossing.json. Findings (no face, a document that does not match) are in the result; a
 * fault names the file, the place and the rule. */
int lw_crossing_run(struct lw_crossing_result **out, struct lw_facekit *kit, const char *dir,
                    const struct lw_crossing_opts *opts, struct lw_why *why);
void lw_crossing_result_free(struct lw_crossing_result **r);

#endif
