/* cross/names.h - the words of this room's enumerations, in enum order, for its readers. */
#ifndef LW_CROSS_NAMES_H
#define LW_CROSS_NAMES_H

#include "cross/outcome.h"

enum {
    LW_DIRECTIONS = LW_OUTBOUND + 1,
    LW_VIEWS = LW_VIEW_BOOTH + 1,
    LW_CLASSES = LW_CLASS_UNKNOWN + 1,
    LW_DOCUMENT_KINDS = LW_DOCUMENT_LDS + 1,
    LW_DECISIONS = LW_VERIFIED + 1,
    LW_DOCUMENT_STATUSES = LW_DOC_OPTED_OUT + 1
};

extern const char *const lw_direction_names[LW_DIRECTIONS];
extern const char *const lw_view_names[LW_VIEWS];
extern const char *const lw_class_names[LW_CLASSES];
extern const char *const lw_document_kind_names[LW_DOCUMENT_KINDS];
extern const char *const lw_decision_names[LW_DECISIONS];
extern const char *const lw_document_status_names[LW_DOCUMENT_STATUSES];
extern const char *const lw_reason_names[LW_REASONS];

/* Index of the camera or document of that id, -1 where the bundle has none. */
int lw_bundle_camera_index(const struct lw_bundle *b, const char *id);
int lw_bundle_document_index(const struct lw_bundle *b, const char *id);

/* "1L".."3R": row 1-3 and left, centre or right as the vehicle looks. */
bool lw_seat_valid(const char *seat);

#endif
