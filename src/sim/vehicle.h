/* sim/vehicle.h - a car or van of plates, windows and seats, in its own axes: x forward from the
 * bumper (so that all of it lies at x <= 0), y to its left, z up from the ground. */
#ifndef LW_SIM_VEHICLE_H
#define LW_SIM_VEHICLE_H

#include "base/rng.h"
#include "sim/shapes.h"

enum lw_sim_glass { LW_GLASS_WINDSHIELD, LW_GLASS_FRONT_SIDE, LW_GLASS_REAR_SIDE, LW_GLASS_REAR };

enum { LW_SIM_PANELS = 12, LW_SIM_WINDOWS = 3, LW_SIM_SEATS = 8 };

struct lw_sim_panel {
    struct lw_shape plate; /* with its windows as holes */
    size_t n_windows;
    struct lw_shape window[LW_SIM_WINDOWS];
    enum lw_sim_glass glass[LW_SIM_WINDOWS];
    struct lw_vec3 normal; /* outwards */
};

struct lw_sim_seat {
    char name[3];        /* "1L" */
    struct lw_vec3 face; /* where the face of an upright person is */
};

struct lw_sim_vehicle {
    int rows; /* 1 to 3 */
    float length, half_width, roof_z, belt_z;
    struct lw_vec3 cowl, roof_front; /* on the centre line: lower and upper end of the windshield */
    struct lw_rgbf body;
    float clear[4]; /* share of light that passes a glass, by enum lw_sim_glass */
    size_t n_panels, n_seats;
    struct lw_sim_panel panel[LW_SIM_PANELS];
    struct lw_sim_seat seat[LW_SIM_SEATS]; /* row by row, L to R; the driver is 1L */
};

/* dark_rear: the rear glass is tinted. */
int lw_sim_vehicle_new(struct lw_sim_vehicle **out, int rows, bool dark_rear, struct lw_rng *rng);
void lw_sim_vehicle_free(struct lw_sim_vehicle **v);

#endif
