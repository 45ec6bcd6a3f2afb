/* Proves of a program what the interpreter relies on. */
#pragma once

#include "vm/code.h"
