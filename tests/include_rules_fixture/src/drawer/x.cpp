#include "base/x.hpp"
