#include "lane/lane.hpp"
