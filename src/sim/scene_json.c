/* scene.json: how the crossing was drawn. For people who look into a set; nothing reads it. */
#include "base/file.h"
#include "base/json.h"
#include "sim/bundle.h"

/* Of the sensor that the focal length in millimetres is told for: 1920 pixels of 2.9 um, the 1/2.8
 * inch format that lane cameras have. Other widths are the same sensor, read finer or coarser. */
static const float SENSOR_WIDTH_MM = 1920 * 0.0029f;

static const char *const fault_names[] = {"", "black", "frozen", "stops", "swapped"};
static const char *const deed_names[] = {"", "hand", "phone", "bend"};

static void put_number(struct lw_strbuf *b, const char *key, float x)
{
    lw_strbuf_printf(b, ",\"%s\":%.4g", key, (double)x);
}

static void put_point(struct lw_strbuf *b, const char *key, struct lw_vec3 p)
{
    lw_strbuf_printf(b, ",\"%s\":[%.3f,%.3f,%.3f]", key, (double)p.x, (double)p.y, (double)p.z);
}

static void put_camera(struct lw_strbuf *b, const struct lw_sim_view *v)
{
    const struct lw_sim_camera *c = &v->camera;
    lw_strbuf_printf(b, "{\"id\":\"%s\",\"width\":%d,\"height\":%d", v->id, c->width, c->height);
    lw_strbuf_printf(b, ",\"focal_px\":%.1f,\"focal_mm\":%.2f,\"principal_px\":[%g,%g]",
                     (double)c->focal_px, (double)(c->focal_px * SENSOR_WIDTH_MM / (float)c->width),
                     0.5 * c->width, 0.5 * c->height);
    put_point(b, "position_m", c->at);
    put_point(b, "forward", c->forward);
    put_point(b, "right", c->right);
    put_number(b, "exposure_error_stops", v->exposure_error);
    put_number(b, "defocus_px", v->defocus_px);
    if (v->fault != LW_FAULT_NONE)
        lw_strbuf_printf(b, ",\"fault\":\"%s\",\"from_frame\":%d", fault_names[v->fault],
                         v->broken_from);
    lw_strbuf_putc(b, '}');
}

static void put_cameras(struct lw_strbuf *b, const struct lw_sim_scene *s)
{
    lw_strbuf_puts(b, ",\n\"cameras\":[");
    for (size_t i = 0; i < s->n_views; i++) {
        lw_strbuf_puts(b, i ? ",\n" : "\n");
        put_camera(b, &s->view[i]);
    }
    lw_strbuf_putc(b, ']');
}

static void put_vehicle(struct lw_strbuf *b, const struct lw_sim_scene *s)
{
    const struct lw_sim_vehicle *v = s->vehicle;
    lw_strbuf_printf(b, ",\n\"vehicle\":{\"rows\":%d", v->rows);
    put_number(b, "length_m", v->length);
    put_number(b, "half_width_m", v->half_width);
    put_number(b, "bumper_x_m", s->x0);
    put_number(b, "speed_mps", s->speed_mps);
    put_number(b, "windshield_passes", v->clear[LW_GLASS_WINDSHIELD]);
    put_number(b, "front_side_passes", v->clear[LW_GLASS_FRONT_SIDE]);
    put_number(b, "rear_side_passes", v->clear[LW_GLASS_REAR_SIDE]);
    put_number(b, "dirt", s->dirt);
    lw_strbuf_printf(b, ",\"visors_down\":[%s,%s],\"wiper\":%s}",
                     s->visor_down[0] ? "true" : "false", s->visor_down[1] ? "true" : "false",
                     s->wiper ? "true" : "false");
}

static void put_glares(struct lw_strbuf *b, const struct lw_sim_scene *s)
{
    lw_strbuf_puts(b, ",\n\"glare_spots\":[");
    for (size_t i = 0; i < s->n_glares; i++) {
        const struct lw_sim_glare *k = &s->glare[i];
        lw_strbuf_printf(b, "%s{\"y_m\":%.3f,\"up\":%.3f", i ? "," : "", (double)k->y,
                         (double)k->up);
        put_number(b, "speed_mps", k->speed);
        put_number(b, "radius_m", k->radius_m);
        put_number(b, "strength", k->strength);
        lw_strbuf_putc(b, '}');
    }
    lw_strbuf_putc(b, ']');
}

static void put_occupants(struct lw_strbuf *b, const struct lw_sim_scene *s)
{
    lw_strbuf_puts(b, ",\n\"occupants\":[");
    for (size_t i = 0; i < s->n_occupants; i++) {
        const struct lw_sim_occupant *o = &s->occupant[i];
        lw_strbuf_printf(b, "%s\n{\"seat\":\"%s\"", i ? "," : "", s->vehicle->seat[o->seat].name);
        put_point(b, "lean_m", o->lean);
        put_number(b, "yaw_deg", o->yaw_deg);
        put_number(b, "pitch_deg", o->pitch_deg);
        put_number(b, "roll_deg", o->roll_deg);
        put_number(b, "restless", o->restless);
        if (o->deed != LW_DEED_NONE) {
            lw_strbuf_printf(b, ",\"deed\":\"%s\"", deed_names[o->deed]);
            put_number(b, "from_s", o->deed_from);
            put_number(b, "until_s", o->deed_until);
        }
        lw_strbuf_putc(b, '}');
    }
    lw_strbuf_putc(b, ']');
}

int lw_sim_scene_write(const struct lw_sim_scene *s, const char *dir, struct lw_why *why)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO_MEM(char) path = NULL;
    lw_strbuf_printf(&b,
                     "{\"version\":1,\"synthetic\":true,\"condition\":\"%s\",\"infrared\":%s,"
                     "\"frames\":%d,\"fps\":%g",
                     s->condition->name, s->infrared ? "true" : "false", s->frames, (double)s->fps);
    put_number(&b, "exposure_s", s->exposure_s);
    put_cameras(&b, s);
    put_vehicle(&b, s);
    put_glares(&b, s);
    put_occupants(&b, s);
    lw_strbuf_puts(&b, "}\n");
    int r = lw_strbuf_err(&b);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory for scene.json");
    if ((r = lw_path_join(dir, "scene.json", &path, why)) < 0)
        return r;
    return lw_file_write(path, lw_strbuf_span(&b), why);
}
