#include "net/http.hpp"
#include "submissions/intake.hpp"
#include "lane/lane.hpp"
