/* matrix.c on a real engine alone. */
#define ONLY_REAL 1
#include "matrix.c"
