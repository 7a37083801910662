# Everything comes from Debian 12 (ci/packages.txt); nothing is downloaded.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL 3.0 REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(LDNS REQUIRED IMPORTED_TARGET ldns)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)

add_library(drydock_dependencies INTERFACE)
target_compile_definitions(drydock_dependencies INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(drydock_dependencies INTERFACE
  Boost::headers Boost::json OpenSSL::SSL OpenSSL::Crypto CURL::libcurl SQLite::SQLite3 yaml-cpp fmt::fmt
  CLI11::CLI11 PkgConfig::LDNS PkgConfig::RE2 Threads::Threads)
