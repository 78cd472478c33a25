/* nn/runtime.h - ONNX Runtime's table of functions and its one environment; inside nn/ only.
 * Shared: locks inside. */
#ifndef LW_NN_RUNTIME_H
#define LW_NN_RUNTIME_H

#include <onnxruntime_c_api.h>

#include "base/base.h"

/* The functions. NULL when the library is older than the header. */
const OrtApi *lw_ort(void);

/* The process has one environment: the first acquire makes it, the last release frees it. */
int lw_ort_acquire(OrtEnv **env, struct lw_why *why);
void lw_ort_release(void);

/* NULL is success; else the status' message goes to why and the status is freed. */
int lw_ort_check(OrtStatus *status, const char *doing, struct lw_why *why);

#endif
