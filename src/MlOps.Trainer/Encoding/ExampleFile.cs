using MlOps.Core.Training;

namespace MlOps.Trainer.Encoding;

internal static class ExampleFile
{
    public static Examples Read(string path, TrialSpec spec, bool training) => throw new TrainerInputException(path);
}
