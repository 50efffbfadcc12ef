#include "http.hpp"
#include "support/cluster.hpp"
#include INCLUDED
