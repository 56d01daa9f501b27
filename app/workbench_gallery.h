// Every view of the window, drawn from one recorded session into PNG files: for a look at all of it after a
// change, and for the documentation. Needs no display, starts no sweep and asks no runtime.
#pragma once

#include "base/result.h"

#include <string>

namespace looptax {

// The folder is made when it is missing; prints each path. A session without a turn is an error of kind Plan.
Status drawGallery(const std::string& session, const std::string& to);

} // namespace looptax
