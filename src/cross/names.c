#include "cross/names.h"

#include <string.h>

const char *const lw_direction_names[LW_DIRECTIONS] = {"inbound", "outbound"};
const char *const lw_view_names[LW_VIEWS] = {"windshield", "left_side", "right_side", "booth"};
const char *const lw_class_names[LW_CLASSES] = {"citizen",    "resident", "noncitizen",
                                                "diplomatic", "minor",    "unknown"};
const char *const lw_document_kind_names[LW_DOCUMENT_KINDS] = {"image", "lds"};
const char *const lw_decision_names[LW_DECISIONS] = {"referral", "verified"};
const char *const lw_document_status_names[LW_DOCUMENT_STATUSES] = {"matched", "not_seen",
                                                                    "mismatch", "opted_out"};
const char *const lw_reason_names[LW_REASONS] = {
    "no_face",     "too_dark", "too_small",      "occluded",  "turned_away", "glare",
    "no_document", "mismatch", "two_candidates", "opted_out", "extra_person"};

/* Each says what to do now, while the vehicle still stands there; none says what the person is. */
static const char *const advice[LW_REASONS] = {
    "Ask the person to look up and towards the camera.",
    "Ask for the cabin light, or look with your own eyes.",
    "Ask the person to lean forward or the driver to move up to the line.",
    "Ask for hats, masks, phones or visors to be moved out of the way.",
    "Ask the person to look towards the camera for a moment.",
    "Ask for the window to be opened.",
    "Ask this person for a travel document.",
    "Compare the person with the open document yourself.",
    "Compare the person with both documents yourself.",
    "The person declined to be photographed: check the document by hand.",
    "More people than documents: ask who has not presented one.",
};

static const char *const document_advice[LW_DOCUMENT_STATUSES] = {
    "",
    "Nobody was seen who fits this document: ask where its holder sits.",
    "Compare the document with the people who are left over.",
    "Its holder declined to be photographed: check the document by hand.",
};

static const char *name_of(const char *const *names, unsigned n, unsigned i)
{
    return i < n ? names[i] : "?";
}

const char *lw_direction_name(enum lw_direction d)
{
    return name_of(lw_direction_names, LW_DIRECTIONS, (unsigned)d);
}
const char *lw_view_name(enum lw_view v)
{
    return name_of(lw_view_names, LW_VIEWS, (unsigned)v);
}
const char *lw_person_class_name(enum lw_person_class c)
{
    return name_of(lw_class_names, LW_CLASSES, (unsigned)c);
}
const char *lw_document_kind_name(enum lw_document_kind k)
{
    return name_of(lw_document_kind_names, LW_DOCUMENT_KINDS, (unsigned)k);
}
const char *lw_decision_name(enum lw_decision d)
{
    return name_of(lw_decision_names, LW_DECISIONS, (unsigned)d);
}
const char *lw_document_status_name(enum lw_document_status s)
{
    return name_of(lw_document_status_names, LW_DOCUMENT_STATUSES, (unsigned)s);
}
const char *lw_document_status_advice(enum lw_document_status s)
{
    return name_of(document_advice, LW_DOCUMENT_STATUSES, (unsigned)s);
}
const char *lw_reason_name(enum lw_reason r)
{
    return name_of(lw_reason_names, LW_REASONS, (unsigned)r);
}
const char *lw_reason_advice(enum lw_reason r)
{
    return name_of(advice, LW_REASONS, (unsigned)r);
}

int lw_bundle_camera_index(const struct lw_bundle *b, const char *id)
{
    for (size_t i = 0; i < b->n_cameras; i++)
        if (strcmp(b->cameras[i].id, id) == 0)
            return (int)i;
    return -1;
}

int lw_bundle_document_index(const struct lw_bundle *b, const char *id)
{
    for (size_t i = 0; i < b->n_documents; i++)
        if (strcmp(b->documents[i].id, id) == 0)
            return (int)i;
    return -1;
}

bool lw_seat_valid(const char *seat)
{
    return seat[0] >= '1' && seat[0] <= '3' &&
           (seat[1] == 'L' || seat[1] == 'C' || seat[1] == 'R') && seat[2] == '\0';
}
