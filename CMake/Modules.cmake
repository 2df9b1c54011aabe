# How a folder of Sources/ becomes a target.
include_guard()

# CMake 3.25 compiles a Swift target in its link step. Three things in its rules are changed here:
#  - -incremental goes: this is a whole-module build;
#  - -module-link-name goes: every importer would look for a library of that name of its own accord;
#  - it promises Ninja an object file a source, where a whole-module build makes one in all: what is not there
#    is made, empty, or every build would begin from the start. ($out is Ninja's name for the promised files.)
foreach(rule IN ITEMS SHARED_LIBRARY STATIC_LIBRARY)
  string(REPLACE " -incremental" "" command "${CMAKE_Swift_CREATE_${rule}}")
  string(REPLACE " -module-link-name <SWIFT_LIBRARY_NAME>" "" command "${command}")
  set(CMAKE_Swift_CREATE_${rule} "${command}" "<CMAKE_COMMAND> -E touch $out")
endforeach()

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_Swift_MODULE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/modules)
set(THALWEG_X86_64 $<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>)

set(thalweg_swift_flags -wmo "SHELL:-package-name thalweg" "SHELL:-swift-version 6"
  "SHELL:-enable-upcoming-feature InternalImportsByDefault"
  # Or 1.4 MB of regular expressions come along.
  "SHELL:-Xfrontend -disable-implicit-string-processing-module-import"
  -enforce-exclusivity=unchecked -static-stdlib $<$<BOOL:${THALWEG_WERROR}>:-warnings-as-errors>)
set(thalweg_c_flags -Wall -Wextra -Wno-nullability-completeness -ffunction-sections -fdata-sections
  $<$<BOOL:${THALWEG_WERROR}>:-Werror>)
if(THALWEG_SANITIZE)
  list(APPEND thalweg_swift_flags -sanitize=${THALWEG_SANITIZE})
  add_compile_options($<$<COMPILE_LANGUAGE:C>:-fsanitize=${THALWEG_SANITIZE}>)
  # Programs: Swift's thread sanitizer wants its libdispatch. (The Swift driver spells the option its own way.)
  cmake_path(GET CMAKE_C_COMPILER PARENT_PATH toolchain)
  set(run_time ${toolchain}/../lib/swift/linux)
  add_link_options("$<$<LINK_LANGUAGE:C>:-fsanitize=${THALWEG_SANITIZE};-fuse-ld=lld>"
                   $<$<LINK_LANGUAGE:Swift>:-sanitize=${THALWEG_SANITIZE}>)
  if(THALWEG_SANITIZE STREQUAL "thread")
    add_link_options("$<$<LINK_LANGUAGE:C>:SHELL:-L${run_time} -ldispatch -lBlocksRuntime -Wl,-rpath,${run_time}>")
  endif()
endif()

define_property(GLOBAL PROPERTY THALWEG_SOURCE_LIST BRIEF_DOCS "lines `module file`, as CMake compiles them")

function(thalweg_list_sources module folder)
  foreach(source IN LISTS ARGN)
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${folder})
    set_property(GLOBAL APPEND PROPERTY THALWEG_SOURCE_LIST "${module} ${source}")
  endforeach()
endfunction()

# Writes what is compiled into which module, a line a file, sorted.
function(thalweg_write_source_list file)
  get_property(lines GLOBAL PROPERTY THALWEG_SOURCE_LIST)
  list(SORT lines)
  list(JOIN lines "\n" text)
  file(CONFIGURE OUTPUT ${file} CONTENT "${text}\n" @ONLY)
endfunction()

# thalweg_c_module(<name> [INCLUDE <folder>...] [LINK <target>...])
# The C files of Sources/<name>; include/module.modulemap makes the folder a module for Swift.
function(thalweg_c_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "INCLUDE;LINK")
  set(folder ${CMAKE_CURRENT_SOURCE_DIR}/Sources/${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.c)
  thalweg_list_sources(${name} ${folder} ${sources})
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${folder}/include ${arg_INCLUDE})
  target_compile_options(${name} PRIVATE ${thalweg_c_flags})
  target_link_libraries(${name} PUBLIC ${arg_LINK})
endfunction()

# thalweg_swift_module(<target> [SHARED] [MODULE <name>] [LINK <target>...] [FLAGS <flag>...]
#                      [NO_CROSS_MODULE_OPTIMIZATION] [ISOLATE])
# The Swift files of Sources/<module> (the target's name if not said otherwise).
# ISOLATE: the module is compiled for more than the oldest CPU, so the linker may see none of its functions
# but kernelTable: it could take a shared one (a specialised generic) for every module's use.
function(thalweg_swift_module target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SHARED;NO_CROSS_MODULE_OPTIMIZATION;ISOLATE" "MODULE" "LINK;FLAGS")
  if(NOT arg_MODULE)
    set(arg_MODULE ${target})
  endif()
  set(kind STATIC)
  set(scope PUBLIC) # who imports a Swift module must find the C modules that it imports
  if(arg_SHARED)
    set(kind SHARED)
    set(scope PRIVATE)
  endif()
  # Through the link, if the folder is one: CMake does not look into linked folders.
  file(REAL_PATH ${CMAKE_CURRENT_SOURCE_DIR}/Sources/${arg_MODULE} folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.swift)
  thalweg_list_sources(${arg_MODULE} ${folder} ${sources})
  # An empty source, newer than the C headers and the modules that this one reads: Ninja knows nothing else by which
  # a change in them makes it stale.
  set(stamp ${CMAKE_CURRENT_BINARY_DIR}/stamps/${target}.swift)
  file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/stamps)
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/Sources/C*/include/*)
  set(floors ${arg_LINK})
  list(FILTER floors INCLUDE REGEX "^Thalweg")
  add_custom_command(OUTPUT ${stamp} COMMAND ${CMAKE_COMMAND} -E touch ${stamp} DEPENDS ${headers} ${floors} VERBATIM)
  add_library(${target} ${kind} ${sources} ${stamp})
  set_target_properties(${target} PROPERTIES Swift_MODULE_NAME ${arg_MODULE})
  target_compile_options(${target} PRIVATE ${thalweg_swift_flags} ${arg_FLAGS})
  if(NOT arg_NO_CROSS_MODULE_OPTIMIZATION)
    target_compile_options(${target} PRIVATE -cross-module-optimization)
  endif()
  target_link_options(${target} PRIVATE -static-stdlib)
  foreach(floor IN LISTS arg_LINK)
    if(TARGET ${floor}-isolated)
      add_dependencies(${target} ${floor}) # for its .swiftmodule
      target_link_libraries(${target} ${scope} ${floor}-isolated)
    else()
      target_link_libraries(${target} ${scope} ${floor})
    endif()
  endforeach()
  if(arg_ISOLATE AND NOT THALWEG_SANITIZE) # whose own symbols must be seen; for the machine it is built on
    thalweg_isolate(${target})
  endif()
endfunction()

# Makes <target>-isolated: the static library's objects as one, with every symbol local but kernelTable.
# Groups are dissolved first (--force-group-allocation): the linker keeps one group of a name, even where the
# name is local, and would throw this module's copy of a shared function away with its users still there.
function(thalweg_isolate target)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${target}.o)
  add_custom_command(OUTPUT ${object}
    COMMAND ${CMAKE_LINKER} -r --force-group-allocation --whole-archive $<TARGET_FILE:${target}> -o ${object}.all
    COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=*11kernelTable* ${object}.all ${object}
    DEPENDS ${target} VERBATIM)
  add_custom_target(${target}-object DEPENDS ${object})
  add_library(${target}-isolated INTERFACE)
  add_dependencies(${target}-isolated ${target}-object)
  target_link_libraries(${target}-isolated INTERFACE ${object})
endfunction()
