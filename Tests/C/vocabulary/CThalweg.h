// Stands in for the vocabulary that the compiler's header includes: compiler_header.c takes it from
// thalweg.h.
#include <thalweg.h>
