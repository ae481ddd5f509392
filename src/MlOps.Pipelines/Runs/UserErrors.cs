using MlOps.Core.Specification.Reading;
using MlOps.Data;
using MlOps.Data.Features;
using MlOps.Data.Ingest;
using MlOps.Data.Sandbox;
using MlOps.Pipelines.Datasets;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Runs;

/// <summary>Tells errors that trying again cannot mend (the data, the specification, a full disk) from those it may.</summary>
internal static class UserErrors
{
    public static bool IsUserError(Exception error) => error
        is PipelineSpecException or NoDataException or UnusableFilesException or DatasetFileException or FeatureBuildException or ExpressionException or DataStorageException or PackageException;
}
