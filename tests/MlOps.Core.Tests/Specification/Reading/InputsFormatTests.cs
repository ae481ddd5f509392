using MlOps.Core.Models;
using MlOps.Core.Specification.Reading;

namespace MlOps.Core.Tests.Specification.Reading;

public class InputsFormatTests
{
    [Fact]
    public void What_is_not_said_has_its_default()
    {
        Assert.Equal(new InputPolicy(), PipelineSpecReader.Read(PipelineText.Small, "pipeline.yaml").Release.Inputs);
        Assert.Equal(
            new InputPolicy { Range = InputAction.Reject, Extra = InputAction.Ignore },
            PipelineSpecReader.Read(PipelineText.And("release: { inputs: { range: reject, extra: ignore } }"), "pipeline.yaml").Release.Inputs);
    }
}
