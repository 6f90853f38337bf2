// Put in front of all else in kernels that use subgroups: directives come first in a module.
enable subgroups;
