/* cross/outcome.h - the answer of one crossing, as `lanewise cross --json` prints it and as the
 * record keeps it. Plain data, no pointers: copy it freely. */
#ifndef LW_CROSS_OUTCOME_H
#define LW_CROSS_OUTCOME_H

#include "cross/bundle.h"

enum {
    LW_OCCUPANTS_MAX = 16,
    LW_BEST_SHOTS_MAX = 3,
    LW_DOCUMENT_FINDINGS_MAX = 16,
    LW_FINDING_TEXT = 64
};

/* Why a human has to look; a bit set (1u << reason). Fixed list: issue an ADR to change it. */
enum lw_reason {
    LW_REASON_NO_FACE,
    LW_REASON_TOO_DARK,
    LW_REASON_TOO_SMALL,
    LW_REASON_OCCLUDED,
    LW_REASON_TURNED_AWAY,
    LW_REASON_GLARE,
    LW_REASON_NO_DOCUMENT,
    LW_REASON_MISMATCH,
    LW_REASON_TWO_CANDIDATES,
    LW_REASON_OPTED_OUT,
    LW_REASON_EXTRA_PERSON,
    LW_REASONS
};
const char *lw_reason_name(enum lw_reason r);   /* "no_face" */
const char *lw_reason_advice(enum lw_reason r); /* what the officer can do about it, one sentence */

enum lw_decision { LW_REFERRAL, LW_VERIFIED };
const char *lw_decision_name(enum lw_decision d);

enum lw_document_status { LW_DOC_MATCHED, LW_DOC_NOT_SEEN, LW_DOC_MISMATCH, LW_DOC_OPTED_OUT };
const char *lw_document_status_name(enum lw_document_status s);
/* What the officer can do about it, one sentence; "" for a matched one. */
const char *lw_document_status_advice(enum lw_document_status s);

struct lw_best_shot {
    int camera;    /* index in the bundle */
    int64_t frame; /* from 0 */
    float box[4];  /* x, y, width, height, full-resolution pixels */
    float inter_eye_px;
    float quality;  /* 0..100 */
    uint32_t meets; /* bits of the policy's requirement tables; not kept in records */
};

struct lw_occupant {
    char seat[4]; /* "2L", "" unknown */
    int document; /* index in the bundle, -1 on every referral */
    bool has_score;
    float score; /* the matcher's similarity to that document, or the best one seen */
    enum lw_decision decision;
    uint32_t reasons; /* bits of enum lw_reason, 0 when verified */
    uint32_t hints;   /* what else made a referral's face hard to compare: bits of quality reasons
                       * that are not among the reasons; not kept in records */
    bool captured;    /* some shot met the validation requirements */
    int frames_seen;
    uint32_t cameras; /* bits of camera indices */
    size_t n_shots;
    struct lw_best_shot shots[LW_BEST_SHOTS_MAX]; /* best first */
};

struct lw_document_outcome {
    enum lw_document_status status;
    bool manual_offered; /* the policy: its holder must be offered processing without a camera */
    size_t n_findings;
    char findings[LW_DOCUMENT_FINDINGS_MAX][LW_FINDING_TEXT]; /* "mrz:composite:check_digit" ... */
};

struct lw_camera_fault {
    int camera;
    char fault[128]; /* never empty */
};

struct lw_outcome {
    bool verified; /* every occupant verified and every document matched */
    size_t n_occupants, n_documents, n_camera_faults;
    struct lw_occupant occupants[LW_OCCUPANTS_MAX];
    struct lw_document_outcome documents[LW_BUNDLE_DOCUMENTS_MAX];
    struct lw_camera_fault camera_faults[2 * LW_BUNDLE_CAMERAS_MAX];
    int tracks, distractors;
    char model[64];  /* matcher's model id */
    double fmr;      /* the policy's false match rate */
    float threshold; /* similarity that it means */
};

#endif
