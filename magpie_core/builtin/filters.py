from magpie_core.hookspecs import hookimpl
