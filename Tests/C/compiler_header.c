// Compiles if thalweg.h and the header that the Swift compiler wrote declare every function alike.
#include <thalweg.h>

#include <ThalwegC-Swift.h>

typedef int compiles; // a translation unit must declare something of its own
