#include <lane/lane.hpp>
#include "support/cluster.hpp"
