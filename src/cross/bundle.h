/* cross/bundle.h - crossing.json (design section 6), read strictly; pure: text in, struct out.
 * Format: docs/formats/crossing-bundle.md. */
#ifndef LW_CROSS_BUNDLE_H
#define LW_CROSS_BUNDLE_H

#include "base/base.h"

enum {
    LW_BUNDLE_CAMERAS_MAX = 8,
    LW_BUNDLE_DOCUMENTS_MAX = 10, /* the manifest's cap: a gallery cannot grow past it */
    LW_BUNDLE_ID = 65,            /* bytes of an id with NUL; [A-Za-z0-9._-], 1..64 */
    LW_BUNDLE_PATH = 256,
    LW_BUNDLE_JSON_BYTES_MAX = 16 * 1024 * 1024
};

enum lw_direction { LW_INBOUND, LW_OUTBOUND };
enum lw_view { LW_VIEW_WINDSHIELD, LW_VIEW_LEFT_SIDE, LW_VIEW_RIGHT_SIDE, LW_VIEW_BOOTH };
enum lw_person_class {
    LW_CLASS_CITIZEN,
    LW_CLASS_RESIDENT,
    LW_CLASS_NONCITIZEN,
    LW_CLASS_DIPLOMATIC,
    LW_CLASS_MINOR,
    LW_CLASS_UNKNOWN
};
enum lw_document_kind { LW_DOCUMENT_IMAGE, LW_DOCUMENT_LDS };

const char *lw_direction_name(enum lw_direction d);
const char *lw_view_name(enum lw_view v);
const char *lw_person_class_name(enum lw_person_class c);
const char *lw_document_kind_name(enum lw_document_kind k);

bool lw_id_valid(const char *s); /* the rule of ids, above */

struct lw_bundle_camera {
    char id[LW_BUNDLE_ID];
    enum lw_view view;
    char source[LW_BUNDLE_PATH]; /* relative, inside the bundle, file or glob */
    double fps;                  /* stills only, default 10 */
};

enum { LW_MRZ_LINES_MAX = 3, LW_MRZ_LINE = 64 };
struct lw_bundle_document {
    char id[LW_BUNDLE_ID];
    enum lw_document_kind kind;
    char path[LW_BUNDLE_PATH]; /* portrait file (image) or LDS folder (lds), relative */
    size_t n_mrz;
    char mrz[LW_MRZ_LINES_MAX][LW_MRZ_LINE];
    enum lw_person_class person_class;
    bool opted_out;
};

struct lw_bundle {
    char id[LW_BUNDLE_ID];
    char lane[LW_BUNDLE_ID]; /* printable ASCII, 1..64 */
    enum lw_direction direction;
    int64_t opened_utc_us;
    bool synthetic;
    bool has_truth; /* the pipeline learns no more of it than that */
    size_t n_cameras, n_documents;
    struct lw_bundle_camera cameras[LW_BUNDLE_CAMERAS_MAX];
    struct lw_bundle_document documents[LW_BUNDLE_DOCUMENTS_MAX];
};

/* why names the key and the rule, e.g. "cameras[1].view: \"roof\" is none of windshield, ...". The
 * truth object is checked to be an object and then not looked at: cross/truth.h reads it. */
int lw_bundle_parse(struct lw_bundle *out, struct lw_span json, struct lw_why *why);

#endif
