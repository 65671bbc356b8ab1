"""Static files with content hashes in their names, ES module imports included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Rewrites the import paths of native modules too; Django leaves them alone."""

    support_js_module_import_aggregation = True
