#  include "base/x.hpp"
#include <boost/asio.hpp>
