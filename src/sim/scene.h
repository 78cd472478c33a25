/* sim/scene.h - one crossing as it will be filmed: who sits where, what they do, what stands
 * about, the cameras. Made by script.c, painted by stage.c. */
#ifndef LW_SIM_SCENE_H
#define LW_SIM_SCENE_H

#include "sim/head.h"
#include "sim/preset.h"
#include "sim/vehicle.h"
#include "sim/world.h"

enum { LW_SIM_OCCUPANTS = 7, LW_SIM_DOCUMENTS = 10, LW_SIM_DISTRACTORS = 6, LW_SIM_VIEWS = 3 };
enum { LW_SIM_GLARES = 4 };

/* Something that a person does for a while with the face half hidden. */
enum lw_sim_deed { LW_DEED_NONE, LW_DEED_HAND, LW_DEED_PHONE, LW_DEED_BEND };

/* A look to the side, held for a while. */
struct lw_sim_glance {
    float from, until; /* seconds; until <= from: none */
    float yaw_deg;
};
enum { LW_SIM_GLANCES = 2 };

struct lw_sim_occupant {
    size_t person; /* in the library */
    size_t seat;   /* in the vehicle */
    int document;  /* -1: none of their own */
    int claims;    /* -1, or the document of another person that they present */
    struct lw_sim_cutout *cut;
    struct lw_rgbf clothes;
    uint32_t seed;
    float size;                         /* 1: an adult */
    struct lw_vec3 lean;                /* from the seat's place */
    float yaw_deg, pitch_deg, roll_deg; /* resting pose */
    float restless;                     /* 0..1 */
    struct lw_sim_glance glance[LW_SIM_GLANCES];
    enum lw_sim_deed deed;
    float deed_from, deed_until; /* seconds */
    int shirt;                   /* distractor printed on it, -1 */
};

struct lw_sim_document {
    size_t person;
    struct lw_image *portrait;
    char mrz[2][48];
    const char *person_class;
    bool opted_out;
};

enum lw_sim_distraction {
    LW_DISTRACT_POSTER,
    LW_DISTRACT_BYSTANDER,
    LW_DISTRACT_SHIRT,
    LW_DISTRACT_PET,
    LW_DISTRACT_PHONE,
    LW_DISTRACT_MIRROR /* a mirror on the middle rear head-rest shows who stands before the car */
};
const char *lw_sim_distraction_name(enum lw_sim_distraction d);

struct lw_sim_distractor {
    enum lw_sim_distraction kind;
    struct lw_sim_cutout *cut; /* NULL for pets */
    struct lw_vec3 at;         /* world (poster, bystander), vehicle (phone, pet), mirror.c */
    struct lw_rgbf color;
    uint32_t seed;
};

/* What goes wrong with a camera, from its first broken frame on. */
enum lw_sim_fault {
    LW_FAULT_NONE,
    LW_FAULT_BLACK,  /* no light arrives; from the beginning */
    LW_FAULT_FROZEN, /* the same picture again and again */
    LW_FAULT_STOPS,  /* no more frames */
    LW_FAULT_SWAPPED /* crossing.json calls the left camera right and the right one left */
};

struct lw_sim_view {
    const char *id, *view; /* "front", "windshield" */
    struct lw_sim_camera camera;
    float exposure_error; /* stops */
    float defocus_px;
    uint32_t noise_seed;
    enum lw_sim_fault fault;
    int broken_from; /* frame */
};

struct lw_sim_glare {
    float y, up, speed; /* place on the windshield (0 low .. 1 high), metres a second along y */
    float radius_m, strength;
};

struct lw_sim_scene {
    const struct lw_sim_condition *condition;
    bool infrared;
    int frames;
    float fps;
    float x0, speed_mps; /* of the bumper: where at the first frame, and how fast */
    float exposure_s;
    float bracket; /* stops; sensor.h */
    struct lw_sim_vehicle *vehicle;
    struct lw_sim_world *world;
    struct lw_sim_light light; /* on the first row */
    float dirt;
    uint32_t dirt_seed;
    uint8_t *dirt_map;         /* dirt.h */
    bool visor_down[2], wiper; /* visors L, R */
    size_t n_glares, n_occupants, n_documents, n_distractors, n_views;
    struct lw_sim_glare glare[LW_SIM_GLARES];
    struct lw_sim_occupant occupant[LW_SIM_OCCUPANTS];
    struct lw_sim_document document[LW_SIM_DOCUMENTS];
    struct lw_sim_distractor distractor[LW_SIM_DISTRACTORS];
    struct lw_sim_view view[LW_SIM_VIEWS];
};

struct lw_sim_cast {
    const struct lw_sim_people *people;
    struct lw_facekit *kit;
};
struct lw_sim_frame_size {
    int width, height;
};

/* A scene from one seed. LW_ENOTFOUND when no photograph shows a face. */
int lw_sim_scene_new(struct lw_sim_scene **out, const struct lw_sim_preset *preset,
                     const struct lw_sim_cast *cast, struct lw_sim_frame_size size, uint64_t seed,
                     struct lw_why *why);
void lw_sim_scene_free(struct lw_sim_scene **s);

#endif
