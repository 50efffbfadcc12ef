#include "lane/lane.hpp"

#include <pthread.h>

namespace bw::lane {

void name_this_thread(const std::string& name) {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
}

} // namespace bw::lane
