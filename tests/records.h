/* tests/records.h - a record with something in every field. */
#ifndef LW_TESTS_RECORDS_H
#define LW_TESTS_RECORDS_H

#include "check.h"

#include "base/clock.h"
#include "cross/record.h"

static inline int64_t utc_of(const char *text)
{
    int64_t us = 0;
    assert_int_equal(lw_time_parse(text, &us), LW_OK);
    return us;
}

static inline void fill_bundle(struct lw_bundle *u)
{
    *u = (struct lw_bundle){.id = "01KG9H2PD1JQME40KXFDEP2DRB",
                            .lane = "OUT-3",
                            .direction = LW_OUTBOUND,
                            .opened_utc_us = utc_of("2026-01-31T08:15:00.250Z"),
                            .n_cameras = 2,
                            .n_documents = 2};
    u->cameras[0] = (struct lw_bundle_camera){.id = "front", .view = LW_VIEW_WINDSHIELD};
    u->cameras[1] = (struct lw_bundle_camera){.id = "left", .view = LW_VIEW_LEFT_SIDE};
    u->documents[0] = (struct lw_bundle_document){.id = "d1", .person_class = LW_CLASS_CITIZEN};
    u->documents[1] = (struct lw_bundle_document){
        .id = "d2", .kind = LW_DOCUMENT_LDS, .person_class = LW_CLASS_UNKNOWN};
}

static inline void fill_outcome(struct lw_outcome *o)
{
    *o = (struct lw_outcome){.n_occupants = 2,
                             .n_documents = 2,
                             .n_camera_faults = 1,
                             .tracks = 3,
                             .distractors = 1,
                             .model = "w600k_mbf",
                             .fmr = 0.0001,
                             .threshold = 0.3125f};
    o->occupants[0] = (struct lw_occupant){.seat = "1L",
                                           .document = 0,
                                           .has_score = true,
                                           .score = 0.71f,
                                           .decision = LW_VERIFIED,
                                           .captured = true,
                                           .frames_seen = 12,
                                           .cameras = 3,
                                           .n_shots = 1};
    o->occupants[0].shots[0] = (struct lw_best_shot){.camera = 1,
                                                     .frame = 7,
                                                     .box = {-3.5f, 20, 81.25f, 113},
                                                     .inter_eye_px = 38.2f,
                                                     .quality = 74};
    o->occupants[1] =
        (struct lw_occupant){.document = -1,
                             .reasons = 1u << LW_REASON_TOO_DARK | 1u << LW_REASON_TURNED_AWAY,
                             .frames_seen = 2,
                             .cameras = 1};
    o->documents[0].n_findings = 1;
    strcpy(o->documents[0].findings[0], "mrz:composite:check_digit");
    o->documents[1].status = LW_DOC_NOT_SEEN;
    o->camera_faults[0] = (struct lw_camera_fault){.camera = 1, .fault = "ends after frame 11"};
}

static inline void fill_record(struct lw_record *rec)
{
    *rec = (struct lw_record){.id = "01KG9H2QZ00000000000000000",
                              .closed_utc_us = utc_of("2026-01-31T08:15:09Z")};
    fill_bundle(&rec->bundle);
    fill_outcome(&rec->outcome);
}

#endif
