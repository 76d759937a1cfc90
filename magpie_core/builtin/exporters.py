from magpie_core.export.exporter import Exporter
from magpie_core.hookspecs import hookimpl
@hookimpl
def magpie_register_exporters() -> list[type[Exporter]]:
    return []
