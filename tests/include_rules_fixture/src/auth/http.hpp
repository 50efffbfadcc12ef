#include "pg/private_cluster.hpp"
#include "net/http.hpp"
