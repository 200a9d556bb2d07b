/** The check that puts the whole node under maintenance. */
export const nodeCheckId = '_node_maintenance'
/** Before the service's id: the check that puts one service under maintenance. */
export const serviceCheckPrefix = '_service_maintenance:'

/** Whether a check is one of maintenance mode. */
export function isMaintenance(checkId: string): boolean {
  return checkId === nodeCheckId || checkId.startsWith(serviceCheckPrefix)
}
