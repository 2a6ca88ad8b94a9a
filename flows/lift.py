"""lift: a person takes back what keeps versions out, and the environment is looked at again."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from blocks.opening import open_workspace
from flows.starting import start_release
from headway.decide.release.lifting import lifted
from headway.errors import BadInput
from headway.workspace.release_context import ReleaseContext


@flow(name="lift", flow_run_name="Lift {what} of {application} in {environment}")
def lift(application: str, environment: str, what: str, reason: str, by: str = "a person") -> State:
    """Lift a hold, a freeze, or the rejection on a version; start a release where one is due then.

    Args:
        application: Name of the Application block.
        environment: Name of the environment in headway.yaml.
        what: hold, freeze, or a version that is barred here.
        reason: Why, for those who read this run later.
        by: Who asks, for those who read this run later.
    """
    if not reason.strip():
        raise BadInput("a reason is needed", where="lift", next_step="Say why, for those who read it later.")
    context = ReleaseContext(open_workspace(application), environment)
    context.update_record(lambda record: lifted(record, what))
    return Completed(name="Lifted", message=f"{what}, by {by}: {reason}. {start_release(context)}")
